"""A scenario as one workbook: a sheet for the settings and one for each table."""
