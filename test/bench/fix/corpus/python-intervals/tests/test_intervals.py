from intervals import gaps, merge, total_minutes

assert merge([]) == []
assert merge([(5, 9), (1, 3)]) == [(1, 3), (5, 9)]
assert merge([(1, 3), (3, 5)]) == [(1, 5)]
assert merge([(1, 4), (2, 6)]) == [(1, 6)]
assert merge([(2, 2), (5, 6)]) == [(5, 6)]
assert merge([(0, 100), (10, 20), (30, 40)]) == [(0, 100)]
assert merge([(0, 100), (10, 20), (90, 120)]) == [(0, 120)]
assert total_minutes([(0, 60), (15, 30)]) == 60
assert total_minutes([(0, 10), (20, 30)]) == 20
assert gaps([(540, 600), (550, 560), (660, 720)], 480, 780) == [(480, 540), (600, 660), (720, 780)]
assert gaps([], 0, 10) == [(0, 10)]
assert gaps([(0, 10)], 0, 10) == []
