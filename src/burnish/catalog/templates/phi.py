"""Phi-3: role tokens that swallow the white space to their right."""

from burnish.catalog.templates.spec import TemplateSpec

PHI3 = (
    "{% for message in messages %}"
    "<|{{ message.role }}|>\n{{ message.content }}<|end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% else %}{{ eos_token }}{% endif %}"
)

TEMPLATES = (
    TemplateSpec(
        "phi3",
        PHI3,
        stop=("<|end|>",),
        markers=("<|system|>", "<|user|>", "<|assistant|>", "<|end|>"),
        proven=True,
    ),
)
