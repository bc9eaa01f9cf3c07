"""The threads that PyTorch computes with, when training goes on in a thread of its own."""

from threadpoolctl import ThreadpoolController

SOFT = 1  # omp_pause_soft: threads end, settings stay


def release_threads() -> None:
    """End the helper threads of the thread that calls, so that those of another have the cores.

    OpenMP keeps helpers for each thread that has computed. Once there are more of them than cores,
    those that wait go to sleep instead of waiting awake, and have to be woken for every operation;
    ``benchmarks/RESULTS.md`` says what that costs. When the thread computes again, it gets new
    ones. Where OpenMP is older than version 5, nothing is done. Source: OpenMP API Specification
    5.0 (2018), §3.2.44, ``omp_pause_resource_all``.

    >>> release_threads()
    """
    for library in ThreadpoolController().select(user_api="openmp").lib_controllers:
        pause = getattr(library.dynlib, "omp_pause_resource_all", None)
        if pause is not None:
            pause(SOFT)
