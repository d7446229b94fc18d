import errno
import threading
import time
import unittest

from night import workers

SOON = 60


class Trouble(unittest.TestCase):
    def play(self, jobs, count=2):
        told = []
        crew = workers.Workers(count, threading.Event(), told.append)
        try:
            crew.run_all(jobs, time.monotonic() + SOON)
        finally:
            crew.close()
        return told

    def test_a_full_disk_ends_its_job_and_not_the_rest(self):
        done = []

        def full():
            raise OSError(errno.ENOSPC, "No space left on device")

        told = self.play([full, lambda: done.append(1), full, lambda: done.append(2)])
        self.assertEqual(sorted(done), [1, 2])
        self.assertEqual([error.errno for error in told], [errno.ENOSPC] * 2)

    def test_a_mistake_of_ours_is_not_hidden(self):
        def wrong():
            raise KeyError("wrong")

        with self.assertRaises(KeyError):
            self.play([wrong])

    def test_jobs_run_side_by_side(self):
        meeting = threading.Barrier(2, timeout=SOON)
        self.assertEqual(self.play([meeting.wait, meeting.wait]), [])

    def test_nothing_begins_when_the_time_is_over_or_the_night_is_stopped(self):
        stop = threading.Event()
        crew = workers.Workers(2, stop, self.fail)
        crew.run_all([self.fail], time.monotonic() - 1)
        stop.set()
        crew.run_all([self.fail], time.monotonic() + SOON)
        crew.close()


if __name__ == "__main__":
    unittest.main()
