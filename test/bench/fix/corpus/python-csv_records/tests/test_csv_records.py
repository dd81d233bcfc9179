from csv_records import CsvError, parse_rows, read_records

assert parse_rows("a,b\n1,2\n") == [["a", "b"], ["1", "2"]]
assert parse_rows("a , b") == [["a", "b"]]
assert parse_rows('"a, b",c') == [["a, b", "c"]]
assert parse_rows('" x "') == [[" x "]]
assert parse_rows('" x ", y ') == [[" x ", "y"]]
assert parse_rows('"Ann", New York ,"a b"') == [["Ann", "New York", "a b"]]
assert parse_rows('"x"\n two  words , z') == [["x"], ["two  words", "z"]]
assert parse_rows('"x"\n y , z ') == [["x"], ["y", "z"]]
assert parse_rows('a,"say ""hi"""\r\n b,2') == [["a", 'say "hi"'], ["b", "2"]]
assert parse_rows('"two\nlines",1') == [["two\nlines", "1"]]
assert parse_rows("a\n\nb") == [["a"], ["b"]]
assert parse_rows('"q" ,r') == [["q", "r"]]
assert parse_rows("a,") == [["a", ""]]
try:
    parse_rows('"open')
    raise AssertionError("should have failed")
except CsvError:
    pass
assert read_records('name,city\n"Ann", Oslo \nBob') == [
    {"name": "Ann", "city": "Oslo"},
    {"name": "Bob", "city": ""},
]
