"""Command-R and Aya: each turn between two tokens."""

from burnish.catalog.templates.llama import ALTERNATE
from burnish.catalog.templates.pieces import of_pieces
from burnish.catalog.templates.spec import TemplateSpec

MARKERS = (
    "<BOS_TOKEN>",
    "<|START_OF_TURN_TOKEN|>",
    "<|SYSTEM_TOKEN|>",
    "<|USER_TOKEN|>",
    "<|CHATBOT_TOKEN|>",
    "<|END_OF_TURN_TOKEN|>",
)
COMMAND_R = (
    "{% set told = messages[0].role == 'system' %}{{ bos_token }}"
    "{% if told %}<|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>"
    "{{ messages[0].content }}<|END_OF_TURN_TOKEN|>{% endif %}"
    "{% for message in (messages[1:] if told else messages) %}" + ALTERNATE + ""
    "<|START_OF_TURN_TOKEN|>"
    "{{ '<|USER_TOKEN|>' if message.role == 'user' else '<|CHATBOT_TOKEN|>' }}"
    "{{ message.content.strip() }}<|END_OF_TURN_TOKEN|>{% endfor %}"
    "{% if add_generation_prompt %}<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>{% endif %}"
)

TEMPLATES = (
    TemplateSpec(
        "c4ai",
        COMMAND_R,
        stop=("<|END_OF_TURN_TOKEN|>",),
        markers=MARKERS,
        proven=("command-r",),
    ),
    of_pieces(
        "aya",
        prefix="<BOS_TOKEN>",
        system="<BOS_TOKEN><|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>{SYSTEM}<|END_OF_TURN_TOKEN|>",
        prompt=(
            "<|START_OF_TURN_TOKEN|><|USER_TOKEN|>{QUERY}<|EN"
            "D_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>"
        ),
        between="<|END_OF_TURN_TOKEN|>",
        end="<|END_OF_TURN_TOKEN|>",
        stop=("<|END_OF_TURN_TOKEN|>",),
        markers=MARKERS,
        default_system=(
            "You are Aya, a brilliant, sophisticated, multilingual AI-assistant trained to "
            "assist human users by providing thorough responses. You are able to interact "
            "and respond to questions in 23 languages and you are powered by a "
            "multilingual model built by Cohere For AI."
        ),
    ),
)
