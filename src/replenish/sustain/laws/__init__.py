"""Laws of counts: numbers of units as chances from a first number on, for Python and for kernels."""
