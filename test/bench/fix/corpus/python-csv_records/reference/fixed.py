"""A small reader for comma separated text, with quoted fields as in RFC 4180."""


class CsvError(ValueError):
    pass


def parse_rows(text, delimiter=","):
    """Split the text into rows of fields.

    A quoted field keeps its spaces, delimiters and line breaks; two quotes inside it stand
    for one. An unquoted field is stripped of the spaces around it. Empty lines are skipped.
    """
    rows, row, field = [], [], []
    in_quotes = False
    was_quoted = False
    position = 0

    def end_field():
        nonlocal was_quoted
        value = "".join(field)
        row.append(value if was_quoted else value.strip())
        field.clear()
        was_quoted = False

    def end_row():
        nonlocal row
        end_field()
        if row != [""]:
            rows.append(row)
        row = []

    text = text.replace("\r\n", "\n")
    while position < len(text):
        char = text[position]
        if in_quotes:
            if char == '"' and text[position + 1 : position + 2] == '"':
                field.append('"')
                position += 1
            elif char == '"':
                in_quotes = False
            else:
                field.append(char)
        elif char == '"' and not "".join(field).strip():
            field.clear()
            in_quotes = was_quoted = True
        elif char == delimiter:
            end_field()
        elif char == "\n":
            end_row()
        elif not was_quoted or not char.isspace():
            field.append(char)
        position += 1

    if in_quotes:
        raise CsvError("a quoted field is not closed")
    if field or row or was_quoted:
        end_row()
    return rows


def read_records(text, delimiter=","):
    """Rows as dictionaries keyed by the header row. Missing fields are empty strings."""
    header, *body = parse_rows(text, delimiter)
    return [dict(zip(header, row + [""] * (len(header) - len(row)))) for row in body]
