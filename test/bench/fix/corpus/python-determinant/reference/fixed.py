"""Small dense matrices as lists of rows."""

TOLERANCE = 1e-12


def identity(size):
    return [[1.0 if row == column else 0.0 for column in range(size)] for row in range(size)]


def multiply(left, right):
    """The matrix product of left (n by m) and right (m by p)."""
    if len(left[0]) != len(right):
        raise ValueError("shapes do not match")
    columns = list(zip(*right))
    return [[sum(a * b for a, b in zip(row, column)) for column in columns] for row in left]


def determinant(matrix):
    """The determinant, by Gaussian elimination with partial pivoting.

    The matrix itself is not changed. A singular matrix gives 0.0.
    """
    size = len(matrix)
    if any(len(row) != size for row in matrix):
        raise ValueError("the matrix is not square")
    rows = [[float(value) for value in row] for row in matrix]
    result = 1.0
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(rows[row][column]))
        if abs(rows[pivot][column]) < TOLERANCE:
            return 0.0
        if pivot != column:
            rows[column], rows[pivot] = rows[pivot], rows[column]
            result = -result
        result *= rows[column][column]
        for row in range(column + 1, size):
            factor = rows[row][column] / rows[column][column]
            for k in range(column, size):
                rows[row][k] -= factor * rows[column][k]
    return result


def is_invertible(matrix):
    return abs(determinant(matrix)) > TOLERANCE
