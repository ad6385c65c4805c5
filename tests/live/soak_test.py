#!/usr/bin/python3
"""A short soak.py: several clients for a few seconds, with and without a pace."""

import unittest

from machine import LiveTest, main
from soak import soak


class Soak(LiveTest):
    def soak(self, pace, seed):
        calls, wrong, code, said = soak(8, 3, pace, seed)
        self.assertEqual((wrong, code, said), ([], 0, ""), said)
        self.assertGreater(calls, 0)

    def test_time_stands_still(self):
        self.soak(None, 1)

    def test_time_goes_by(self):
        for seed, pace in enumerate((0.1, 1, 1_000)):
            with self.subTest(pace=pace):
                self.soak(pace, seed)


if __name__ == "__main__":
    main()
