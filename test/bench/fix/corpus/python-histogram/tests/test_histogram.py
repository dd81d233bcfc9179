from histogram import bucket_of, histogram, render, summary

assert bucket_of(19, 10) == 10
assert histogram([1, 5, 12, 38]) == {0: 2, 10: 1, 20: 0, 30: 1}
assert histogram([]) == {}
assert histogram([7, 7], width=5) == {5: 2}
assert render({0: 2, 10: 1}, columns=4) == "    0-9     #### 2\n   10-19    ## 1"
assert render({}) == ""
assert summary([3, 1]) == "2 values, 1 to 3"
assert summary([]) == "no values"
