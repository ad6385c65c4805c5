#!/usr/bin/python3
"""The strict reader refuses each thing that is wrong, and nothing that is right."""

import sys
import unittest

import ktap_reader

RIGHT = """\
KTAP version 1
1..2
  KTAP version 1
  1..3
  ok 1 good
  # why
  #
  not ok 2 bad: cpu1/online up
  ok 3 not here # SKIP no such CPU
# one failed
not ok 1 group
ok 2 last
"""


class Reader(unittest.TestCase):
    def test_it_reads_what_is_right(self):
        group, last = ktap_reader.read(RIGHT)
        self.assertEqual((group.name, group.status, group.diagnostics),
                         ("group", "not ok", ["one failed"]))
        self.assertEqual([(t.name, t.status, t.reason, t.diagnostics) for t in group.tests],
                         [("good", "ok", "", []),
                          ("bad: cpu1/online up", "not ok", "", ["why", ""]),
                          ("not here", "skip", "no such CPU", [])])
        self.assertEqual((last.name, last.status, last.tests), ("last", "ok", []))
        self.assertEqual([names for names, _ in group.walk()][1], ("group", "good"))

    def test_it_refuses_what_is_wrong(self):
        for old, new, said in (
                ("KTAP version 1\n1..2", "TAP version 13\n1..2", "line 1: expected KTAP version"),
                ("1..2", "1..3", "line 13: expected the result of test 3"),
                ("1..2", "1..1", "line 12: more than was planned"),
                ("1..2", "1..0", "line 2: expected a plan"),
                ("  1..3\n", "", "line 4: expected a plan"),
                ("ok 2 last", "ok 3 last", "line 12: test 3, expected 2"),
                ("  not ok 2", "  not ok 1", "line 8: test 1, expected 2"),
                ("  ok 1 good", " ok 1 good", "line 5: expected the result of test 1"),
                ("  ok 1 good", "    ok 1 good", "line 5: expected the result of test 1"),
                ("  # why", "# why", "line 6: expected the result of test 2"),
                ("  # why", "  #why", "line 6: expected a blank"),
                ("  ok 1 good", "  ok 1 good # TODO", "line 5: expected the result"),
                ("  ok 1 good", "  ok 1", "line 5: expected the result"),
                ("  ok 1 good", "  ok 1 go\tod", "line 5: a control character"),
                ("  ok 1 good", "  ok 1 good ", "line 5: a control character"),
                ("# SKIP no such CPU", "# SKIP", "line 9: expected the result"),
                ("  ok 3 not", "  not ok 3 not", "line 9: a skipped test that failed"),
                ("not ok 1 group", "ok 1 group", "line 11: the group is ok"),
                ("ok 1 good", "ok 1 not here", "line 10: two tests"),
                ("ok 2 last\n", "ok 2 last", "no end"),
                ("ok 2 last\n", "ok 2 last\n\n", "line 13: more than was planned"),
        ):
            with self.subTest(old=old, new=new):
                self.assertIn(old, RIGHT)
                with self.assertRaises(ktap_reader.NotKtap) as refused:
                    ktap_reader.read(RIGHT.replace(old, new, 1))
                self.assertIn(said, str(refused.exception))

    def test_a_group_that_is_skipped(self):
        text = "KTAP version 1\n1..1\n  KTAP version 1\n  1..1\n  ok 1 a # SKIP b\nok 1 g\n"
        with self.assertRaises(ktap_reader.NotKtap):
            ktap_reader.read(text)
        self.assertEqual(ktap_reader.read(text.replace(" g", " g # SKIP b"))[0].status, "skip")


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    unittest.main()
