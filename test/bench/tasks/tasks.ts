/** A small task for the agent with the starter model, scored by running code. */
export interface Task {
  name: string;
  prompt: string;
  files: Readonly<Record<string, string>>;
  /** Python that fails unless the task is done; it runs in the folder. Files of the person are as they were again. */
  check?: string;
  /** What the answer has to name, where the answer is what was asked for. */
  answer?: RegExp;
  /** Files that the task does not allow to change: they are put back before the check. */
  kept?: readonly string[];
}

const shapes = `"""Areas of shapes."""


def calc_area(width, height):
    return width * height


def total_area(rectangles):
    return sum(calc_area(width, height) for width, height in rectangles)


def describe(width, height):
    return f"{width} x {height}: {calc_area(width, height)}"
`;

const stats = `def mean(values):
    return sum(values) / len(values)


def median(values):
    ordered = sorted(values)
    return ordered[len(ordered) // 2]
`;

const statsTest = `import unittest

from stats import mean, median


class StatsTest(unittest.TestCase):
    def test_mean(self):
        self.assertEqual(mean([1, 2, 3]), 2)

    def test_median_of_three(self):
        self.assertEqual(median([3, 1, 2]), 2)

    def test_median_of_four(self):
        self.assertEqual(median([4, 1, 3, 2]), 2.5)


if __name__ == "__main__":
    unittest.main()
`;

const greet = `def greet(name):
    return f"Hello, {name}!"


def greet_all(names):
    return [greet(name) for name in names]
`;

export const tasks: readonly Task[] = [
  {
    name: 'rename',
    prompt: 'Rename the function calc_area to rectangle_area in shapes.py, everywhere in the file.',
    files: { 'shapes.py': shapes },
    check: `import shapes
assert shapes.rectangle_area(2, 3) == 6
assert not hasattr(shapes, "calc_area")
assert shapes.total_area([(1, 2), (3, 4)]) == 14
assert shapes.describe(2, 3) == "2 x 3: 6"`,
  },
  {
    name: 'fix-test',
    prompt: 'The test test_median_of_four in test_stats.py fails. Mend stats.py so that the tests pass.',
    files: { 'stats.py': stats, 'test_stats.py': statsTest },
    kept: ['test_stats.py'],
    check: `import stats, unittest
result = unittest.main(module="test_stats", argv=["x"], exit=False).result
assert result.wasSuccessful() and result.testsRun == 3
assert stats.median([5, 1]) == 3 and stats.median([7]) == 7`,
  },
  {
    name: 'parameter',
    prompt:
      'In greet.py, give the function greet a second parameter greeting with the default "Hello", and use it in the text.',
    files: { 'greet.py': greet },
    check: `from greet import greet, greet_all
assert greet("Ada") == "Hello, Ada!"
assert greet("Ada", greeting="Hi") == "Hi, Ada!"
assert greet("Ada", "Hi") == "Hi, Ada!"
assert greet_all(["Ada"]) == ["Hello, Ada!"]`,
  },
  {
    name: 'new-file',
    prompt:
      'Create fizzbuzz.py with a function fizzbuzz(n) that returns the list of strings for 1 to n: "Fizz" for multiples of 3, "Buzz" for multiples of 5, "FizzBuzz" for both, else the number.',
    files: { 'README.md': '# Exercises\n' },
    check: `from fizzbuzz import fizzbuzz
expected = ["1", "2", "Fizz", "4", "Buzz", "Fizz", "7", "8", "Fizz", "Buzz", "11", "Fizz", "13", "14", "FizzBuzz"]
assert fizzbuzz(15) == expected`,
  },
  {
    name: 'where',
    prompt: 'In which file is the function parse_duration defined?',
    files: {
      'app/main.py': 'from app.config import limit\n\nprint(limit())\n',
      'app/config.py': 'from lib.timeparse import parse_duration\n\n\ndef limit():\n    return parse_duration("5m")\n',
      'lib/timeparse.py':
        'units = {"s": 1, "m": 60, "h": 3600}\n\n\ndef parse_duration(text):\n    return int(text[:-1]) * units[text[-1]]\n',
      'lib/text.py': 'def words(text):\n    return text.split()\n',
    },
    answer: /lib[/\\]timeparse\.py/,
  },
];
