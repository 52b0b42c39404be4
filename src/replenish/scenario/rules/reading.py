"""Rules about folders, files and single cells; they are looked for while reading."""

from __future__ import annotations

from replenish.scenario.rules.registry import declare

# The folder and its files

NO_FOLDER = declare(
    "no-folder",
    meaning="The scenario is not a folder that exists.",
    example="`replenish check artilery`, and there is no such folder.",
    remedy="give the path of the folder that holds scenario.toml",
)
MISSING_SETTINGS = declare(
    "missing-settings",
    meaning="The folder holds no `scenario.toml`, or the workbook no sheet `settings`.",
    example="the file was named `scenario.tml`.",
    remedy="add scenario.toml with a title and a [time] section with start and end",
)
MISSING_TABLES = declare(
    "missing-tables",
    meaning="The folder holds no folder `tables`, so all tables would silently be empty.",
    example="the folder was named `table`.",
    remedy="put the tables into a folder named tables",
)
MISPLACED_TABLE = declare(
    "misplaced-table",
    meaning="A table lies beside `tables` instead of in it and would not be read.",
    example="`stocks.csv` beside `scenario.toml`.",
    remedy="move it into the folder tables",
)
UNKNOWN_TABLE = declare(
    "unknown-table",
    meaning="A file in `tables`, or a sheet of a workbook, is no table of a scenario and would not be read.",
    example="`tables/stock.csv` instead of `tables/stocks.csv`.",
    remedy="rename it to a table of the reference, or move it out of the folder tables",
)
OUTSIDE_FOLDER = declare(
    "outside-folder",
    meaning="A file of the scenario is a link out of its folder: a copy of the folder would be another study.",
    example="`tables/stocks.csv` is a link to `../other/stocks.csv`.",
    remedy="put a copy of the file into the scenario folder",
)
UNREADABLE_FILE = declare(
    "unreadable-file",
    meaning="A file cannot be opened, or is a folder.",
    example="`tables/stocks.csv` is a folder.",
    remedy="make it a plain file that you may read",
)
FILE_TOO_LARGE = declare(
    "file-too-large",
    meaning="A file is larger than 50 MB, or a workbook than 300 MB unpacked, or a sheet spans more than 500 columns"
    " or 20 million cells.",
    example="a log was saved as `tables/demand.csv`.",
    remedy="keep only the rows that the study needs",
)
TOO_MANY_ROWS = declare(
    "too-many-rows",
    meaning="A table has more than 1,000,000 rows.",
    example="demand given by hour for each unit.",
    remedy="aggregate the rows; a study is about nations and factories",
)
NOT_TEXT = declare(
    "not-text",
    meaning="A file is not UTF-8 text.",
    example="a workbook was renamed to `.csv`, or the file was saved as UTF-16 or Latin-1.",
    remedy="save it as CSV with the encoding UTF-8",
)
BYTE_ORDER_MARK = declare(
    "byte-order-mark",
    severity="warning",
    meaning="A file starts with an invisible byte-order mark, which other tools read as part of the first name. It is"
    " read without it.",
    example="a spreadsheet saved `tables/stocks.csv` as *CSV UTF-8 with BOM*.",
    remedy="save the file as UTF-8 without byte-order mark",
)
BROKEN_TOML = declare(
    "broken-toml",
    meaning="`scenario.toml` breaks the grammar of TOML. Row and column are those of the place where reading stopped.",
    example="`title = Study` without quotes.",
    remedy="mend the line: text in double quotes, dates as 2022-03-01, decimal point",
)
BROKEN_CSV = declare(
    "broken-csv",
    meaning="A table breaks the grammar of CSV; what follows could not be read.",
    example="a quote is opened and never closed.",
    remedy='close the quote; write a quote inside quoted text twice ("")',
)
SEPARATOR = declare(
    "separator",
    meaning="Columns are separated by another sign than the comma, as spreadsheets with a decimal comma save them.",
    example="`holder;item;on_hand`.",
    remedy="save the table with commas between columns and points in decimal numbers",
)

NOT_A_WORKBOOK = declare(
    "not-a-workbook",
    meaning="A file with the name of a workbook cannot be read as one: it is broken, locked with a password, or of"
    " another kind than `.xlsx` and `.xlsm`.",
    example="`study.xls`, or an `.xlsx` that was sent in parts.",
    remedy="open it in the spreadsheet and save it as .xlsx, without a password",
)

# The header and the shape of a table

MISSING_HEADER = declare(
    "missing-header",
    meaning="The first line of a table names none of its columns.",
    example="an empty file `tables/stocks.csv`, or one that starts with a row of values.",
    remedy="write the names of the columns into the first line, or remove the file",
)
UNKNOWN_COLUMN = declare(
    "unknown-column",
    meaning="A column is not one of this table and would not be read.",
    example="`on_hnd` in `tables/stocks.csv`.",
    remedy="rename or remove the column; the reference lists those of each table",
)
DUPLICATE_COLUMN = declare(
    "duplicate-column",
    meaning="A column stands in the header twice.",
    example="`holder,item,on_hand,on_hand`.",
    remedy="remove one of them",
)
MISSING_COLUMN = declare(
    "missing-column",
    meaning="A column without which no row is complete is not in the header.",
    example="`tables/lines.csv` without `max_rate`.",
    remedy="add the column",
)
RAGGED_ROW = declare(
    "ragged-row",
    meaning="A row has more or fewer cells than the header; it cannot be known which cell belongs to which column.",
    example="a decimal comma without quotes: `germany,shell,1,5` under three columns.",
    remedy='put text that holds a comma into "quotes", use decimal points, keep one cell for each column',
)

# Cells

EMPTY_REQUIRED = declare(
    "empty-required",
    meaning="A cell that has no default is empty.",
    example="a stock without `item`.",
    remedy="fill the cell; if the value is not known, give an assumed one with a row in evidence",
)
NOT_A_NUMBER = declare(
    "not-a-number",
    meaning="A cell should hold a number and does not.",
    example="`many` as `on_hand`.",
    remedy="write a plain number such as 1250.5",
)
DECIMAL_COMMA = declare(
    "decimal-comma",
    meaning="A number has a decimal comma.",
    example="`1,5` or `1.234,5`.",
    remedy="write a decimal point and no thousands separators: 1.5",
)
THOUSANDS_SEPARATOR = declare(
    "thousands-separator",
    meaning="A number has signs between its thousands, which elsewhere mean a decimal comma.",
    example="`28,000` or `28 000`.",
    remedy="write the digits alone: 28000",
)
NUMBER_WITH_UNIT = declare(
    "number-with-unit",
    meaning="A number has a unit, a currency or a per cent sign beside it.",
    example="`5 %` as `loss_probability`, or `30 days`.",
    remedy="write the number alone, in the unit of the column; 5 % is 0.05",
)
NAN = declare(
    "nan",
    meaning="A cell holds NaN or a marker for *not known*. Nothing is computed with what is not known.",
    example="`nan`, `n/a`, `-`.",
    remedy="leave the cell empty to take the default, or give an assumed value with a row in evidence",
)
INFINITE = declare(
    "infinite",
    meaning="A number is infinite, or too large for a computer's number.",
    example="`inf` as `max_rate`.",
    remedy="write a large but real number, or leave the cell empty where empty means no limit",
)
SPREADSHEET_ERROR = declare(
    "spreadsheet-error",
    meaning="A cell holds the error message of a spreadsheet.",
    example="`#REF!`.",
    remedy="mend the formula in the spreadsheet and save the table again",
)
NOT_WHOLE = declare(
    "not-whole",
    meaning="A cell should hold a whole number.",
    example="`1.5` as `priority`.",
    remedy="write a whole number",
)
NEGATIVE = declare(
    "negative",
    meaning="A quantity, rate, time or amount is below zero.",
    example="`-500` as `on_hand`.",
    remedy="write a number that is not negative; what is owed or consumed has its own column",
)
OUT_OF_RANGE = declare(
    "out-of-range",
    meaning="A number lies outside what its column allows.",
    example="`85` as a share, or `0` as `capacity_step`.",
    remedy="write a number inside the range; a share lies in 0 to 1, so 85 % is 0.85",
)
SPREADSHEET_DATE = declare(
    "spreadsheet-date",
    meaning="A date is a spreadsheet's serial number; which day it means depends on the program.",
    example="`44986` as `start`.",
    remedy="format the column as YYYY-MM-DD in the spreadsheet and save the table again",
)
DATE_FORMAT = declare(
    "date-format",
    meaning="A date is not written as YYYY-MM-DD; day and month could be mistaken for each other.",
    example="`03/04/2022`, `1.3.2022`, `2022-3-1`, `2022-03-01 00:00`.",
    remedy="write the date as YYYY-MM-DD",
)
BAD_DATE = declare(
    "bad-date",
    meaning="A cell should hold a date and holds none, or one that the calendar does not have.",
    example="`2023-02-30`, `soon`.",
    remedy="write a day of the calendar as YYYY-MM-DD",
)
NOT_TRUE_OR_FALSE = declare(
    "not-true-or-false",
    meaning="A cell should hold `true` or `false`.",
    example="`x` as `divisible`.",
    remedy="write true or false",
)
UNKNOWN_CHOICE = declare(
    "unknown-choice",
    meaning="A cell should hold one of a few words and holds another.",
    example="`monthly` as `per`.",
    remedy="write one of the words that the reference lists for this column",
)
BAD_NAME = declare(
    "bad-name",
    meaning="A name holds other signs than small letters, digits and `_ . + -`; it becomes part of keys and files.",
    example="`United States` instead of `united_states`.",
    remedy="use small letters, digits and _ . + - only, and `title` for the name in reports",
)

FORMULA_WITHOUT_VALUE = declare(
    "formula-without-value",
    meaning="A cell of a workbook holds a formula whose result was never saved; it would be read as empty.",
    example="a program wrote `=B2*12` and no spreadsheet has computed it yet.",
    remedy="open the workbook in a spreadsheet, save it, and check again",
)

# Settings

REPEATED_SETTING = declare(
    "repeated-setting",
    meaning="A setting that holds one value stands in the sheet `settings` twice.",
    example="two rows `time.start`.",
    remedy="keep one of the rows; only lists such as notes have several",
)
UNKNOWN_KEY = declare(
    "unknown-key",
    meaning="`scenario.toml` holds a key or section that does not exist and would not be read.",
    example="`strat` instead of `start`.",
    remedy="rename or remove the key; `replenish schema` lists all",
)
MISSING_KEY = declare(
    "missing-key",
    meaning="`scenario.toml` lacks a key that has no default.",
    example="no `end` in `[time]`.",
    remedy="add the key",
)
WRONG_TYPE = declare(
    "wrong-type",
    meaning="A key of `scenario.toml` holds a value of another type than it should.",
    example='`paths = "many"`, or `time = 5`.',
    remedy="write numbers and dates without quotes, text in quotes, lists in [brackets]",
)
