"""How large real language models are: published figures, each with the place where it stands."""

from __future__ import annotations

from dataclasses import dataclass

GPT2 = "Radford et al. (2019), Language Models are Unsupervised Multitask Learners"
GPT3 = "Brown et al. (2020), Language Models are Few-Shot Learners, arXiv:2005.14165"
LLAMA = "Llama Team (2024), The Llama 3 Herd of Models, arXiv:2407.21783"
CARD = "Meta (2024), model card of Llama 3.1"
LIMA = "Zhou et al. (2023), LIMA: Less Is More for Alignment, arXiv:2305.11206"
LLAMA2 = (
    "Touvron et al. (2023), Llama 2: Open Foundation and Fine-Tuned Chat Models, arXiv:2307.09288"
)
INSTRUCT = (
    "Ouyang et al. (2022), Training language models to follow instructions with human feedback,"
    " arXiv:2203.02155"
)
DEEPSEEK = "DeepSeek-AI (2024), DeepSeek-V3 Technical Report, arXiv:2412.19437"

PETAFLOPS_DAY = 1e15 * 24 * 3600  # operations


@dataclass(frozen=True)
class Figure:
    """One published number of a model: its ``value``, how to say it, and its source."""

    model: str
    value: float
    said: str
    source: str


_GPT2, _GPT3 = "GPT-2 (2019)", "GPT-3 (2020)"
_LLAMA, _DEEPSEEK = "Llama 3.1 405B (2024)", "DeepSeek-V3 (2024)"
PUBLISHED: dict[str, tuple[Figure, ...]] = {
    "parameters": (
        Figure(_GPT2, 1.542e9, "1.54 billion", f"{GPT2}, table 2"),
        Figure(_GPT3, 175e9, "175 billion, in 96 layers", f"{GPT3}, table 2.1"),
        Figure(_LLAMA, 405e9, "405 billion, in 126 layers", f"{LLAMA}, table 3"),
        Figure(
            _DEEPSEEK, 671e9, "671 billion, 37 billion used for each token",
            f"{DEEPSEEK}, abstract",
        ),
    ),
    "context": (
        Figure(_GPT2, 1024, "1,024 tokens", f"{GPT2}, section 2.3"),
        Figure(_GPT3, 2048, "2,048 tokens", f"{GPT3}, section 2.1"),
        Figure(
            _LLAMA, 131_072, "8,192 tokens for most of the training, at its end 131,072",
            f"{LLAMA}, section 3.4",
        ),
        Figure(
            _DEEPSEEK, 131_072, "4,096 tokens for most of the training, at its end 131,072",
            f"{DEEPSEEK}, section 4",
        ),
    ),
    "vocabulary": (
        Figure(_GPT2, 50_257, "50,257 symbols", f"{GPT2}, section 2.3"),
        Figure(_LLAMA, 128_000, "about 128,000 symbols", f"{LLAMA}, section 3.2"),
        Figure(_DEEPSEEK, 128_000, "about 128,000 symbols", f"{DEEPSEEK}, section 4.1"),
    ),
    "tokens a batch": (
        Figure(_GPT2, 512 * 1024, "512 rows of 1,024 tokens", f"{GPT2}, section 2.3"),
        Figure(_GPT3, 3.2e6, "3.2 million, less at first", f"{GPT3}, table 2.1 and appendix B"),
        Figure(_LLAMA, 16e6, "4 million at first, later 16 million", f"{LLAMA}, section 3.4.1"),
        Figure(
            _DEEPSEEK, 15_360 * 4096, "12.6 million at first, later 62.9 million",
            f"{DEEPSEEK}, section 4.2: 3,072 to 15,360 rows of 4,096 tokens",
        ),
    ),
    "steps": (
        Figure(
            _GPT3, 300e9 / 3.2e6, "calculated: at least 94,000 (batches were smaller at first)",
            f"{GPT3}, table 2.1 and appendix B: 300 billion tokens in batches of 3.2 million",
        ),
        Figure(
            _LLAMA, 1.2e6, "a schedule of 1.2 million", f"{LLAMA}, section 3.4.1"
        ),
    ),
    "training tokens": (
        Figure(_GPT3, 300e9, "300 billion", f"{GPT3}, section 2.2"),
        Figure(_LLAMA, 15.6e12, "15.6 trillion", f"{LLAMA}, section 1"),
        Figure(_DEEPSEEK, 14.8e12, "14.8 trillion", f"{DEEPSEEK}, abstract"),
    ),
    "epochs": (
        Figure(f"{_GPT3}, Common Crawl", 0.44, "0.44", f"{GPT3}, table 2.2"),
        Figure(f"{_GPT3}, WebText2", 2.9, "2.9", f"{GPT3}, table 2.2"),
        Figure(f"{_GPT3}, Wikipedia", 3.4, "3.4", f"{GPT3}, table 2.2"),
    ),
    "learning rate": (
        Figure(_GPT3, 0.6e-4, "0.00006, with Adam", f"{GPT3}, table 2.1 and appendix B"),
        Figure(_LLAMA, 8e-5, "0.00008 at most, with AdamW", f"{LLAMA}, section 3.4.1"),
        Figure(_DEEPSEEK, 2.2e-4, "0.00022 at most, with AdamW", f"{DEEPSEEK}, section 4.2"),
    ),
    "compute": (
        Figure(_GPT3, 3.14e23, "3.14 · 10²³ operations", f"{GPT3}, table D.1"),
        Figure(_LLAMA, 3.8e25, "3.8 · 10²⁵ operations", f"{LLAMA}, section 1"),
    ),
    "fine-tuning examples": (
        Figure("LIMA (2023), from LLaMA 65B", 1000, "1,000 questions with answers", LIMA),
        Figure(
            "Llama 2-Chat (2023), first stage", 27_540, "27,540 questions with answers",
            f"{LLAMA2}, section 3.1",
        ),
    ),
    "fine-tuning compute": (
        Figure(
            "InstructGPT (2022), written answers", 4.9 * PETAFLOPS_DAY,
            "4.9 petaflop/s-days", f"{INSTRUCT}, section 5.1",
        ),
        Figure(
            "InstructGPT (2022), human feedback", 60 * PETAFLOPS_DAY,
            "60 petaflop/s-days", f"{INSTRUCT}, section 5.1",
        ),
        Figure(
            "GPT-3 (2020), pretraining", 3640 * PETAFLOPS_DAY,
            "3,640 petaflop/s-days, for comparison", f"{INSTRUCT}, section 5.1",
        ),
    ),
    "cost": (
        Figure(_LLAMA, 30.84e6, "30.84 million hours of one H100 processor", CARD),
        Figure(
            _DEEPSEEK, 2.788e6,
            "2.788 million hours of one H800 processor: at 2 dollars an hour 5.576 million"
            " dollars, without the research before",
            f"{DEEPSEEK}, table 1",
        ),
    ),
}  # fmt: skip


def published(quantity: str) -> tuple[Figure, ...]:
    """The published figures of a quantity. Raises `ValueError` that lists the quantities."""
    if quantity not in PUBLISHED:
        raise ValueError(f"There is no quantity {quantity!r}; choose {', '.join(PUBLISHED)}.")
    return PUBLISHED[quantity]
