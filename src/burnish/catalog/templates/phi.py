"""Phi-3: role tokens that swallow the white space to their right."""

from burnish.catalog.templates.spec import TemplateSpec

PHI3 = (
    "{% for message in messages %}"
    "<|{{ message.role }}|>\n{{ message.content }}<|end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% else %}{{ eos_token }}{% endif %}"
)

MARKERS = ("<|system|>", "<|user|>", "<|assistant|>", "<|end|>")
TEMPLATES = (
    TemplateSpec("phi3-vl", PHI3, stop=("<|end|>",), markers=MARKERS, media=True),
    TemplateSpec(
        "phi3",
        PHI3,
        stop=("<|end|>",),
        markers=MARKERS,
        proven=("phi-3", "phi-3.5"),
    ),
)
