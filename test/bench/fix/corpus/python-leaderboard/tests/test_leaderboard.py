from leaderboard import Player, as_text, places, podium, ranking

ann, bob, cid, dee, eve = (
    Player("Ann", 10, 2),
    Player("Bob", 12, 0),
    Player("Cid", 10, 1),
    Player("Dee", 10, 1),
    Player("Eve", 3, 0),
)
assert ranking([ann, bob, eve, dee, cid]) == [bob, cid, dee, ann, eve]
assert [place for place, _ in places([ann, bob, cid, dee, eve])] == [1, 2, 2, 4, 5]
assert podium([eve, dee, cid, bob, ann]) == ["Bob", "Cid", "Dee"]
assert places([]) == []
assert ranking([Player("Zed", 5, 3), Player("Abe", 5, 3)])[0].name == "Abe"
assert as_text([ann, eve]) == " 1. Ann 10\n 2. Eve 3"
