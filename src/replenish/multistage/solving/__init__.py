"""Solving one programme after the other: lanes, threads, and the kernels that call HiGHS."""
