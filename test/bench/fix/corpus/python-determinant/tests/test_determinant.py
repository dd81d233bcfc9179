from determinant import determinant, identity, is_invertible, multiply


def near(a, b):
    return abs(a - b) < 1e-9


assert near(determinant(identity(4)), 1)
assert near(determinant([[5]]), 5)
assert near(determinant([[4, 1], [2, 3]]), 10)
assert near(determinant([[0, 1], [1, 0]]), -1)
assert near(determinant([[1, 2], [3, 4]]), -2)
assert near(determinant([[0, 1, 0], [0, 0, 1], [1, 0, 0]]), 1)
assert near(determinant([[2, -1, 0], [1, 3, 2], [4, 0, 1]]), -1)
assert near(determinant([[1, 2], [2, 4]]), 0)
matrix = [[0, 2], [3, 0]]
assert near(determinant(matrix), -6)
assert matrix == [[0, 2], [3, 0]]
assert is_invertible(matrix)
assert not is_invertible([[1, 1], [1, 1]])
assert multiply([[1, 2]], [[3], [4]]) == [[11]]
