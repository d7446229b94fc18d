"""So many threads that take jobs until there is none, the time is over or the night is stopped."""

import concurrent.futures
import threading
import time

POLL_SECONDS = 0.2


class Workers:
    """The threads live as long as the night: what a thread started dies with it."""

    def __init__(self, count, stop, on_trouble):
        self._count = count
        self._stop = stop
        self._on_trouble = on_trouble
        self._threads = concurrent.futures.ThreadPoolExecutor(count)
        self._mutex = threading.Lock()

    def run(self, next_job, until):
        """Calls what next_job() returns, in all threads, until it returns None. next_job is called
        by one thread at a time. An OSError of a job (a full disk) is told, and the rest goes on."""

        def work():
            while not self._stop.is_set() and time.monotonic() < until:
                with self._mutex:
                    job = next_job()
                if job is None:
                    return
                try:
                    job()
                except (OSError, ValueError) as error:
                    self._on_trouble(error)

        running = {self._threads.submit(work) for _ in range(self._count)}
        # In short waits: the main thread is the one that receives signals.
        while running:
            done, running = concurrent.futures.wait(running, timeout=POLL_SECONDS)
            for future in done:
                future.result()

    def run_all(self, jobs, until):
        """Each of the jobs, in their order, as far as the time goes."""
        waiting = iter(jobs)
        self.run(lambda: next(waiting, None), until)

    def close(self):
        self._threads.shutdown()
