"""Loss weights that have a name: how much the pieces of an agent's answer count."""

from collections.abc import Mapping, Sequence

Rules = Mapping[str, Sequence[float]]
"""{key: (weight of the key, weight of what follows it)}; one weight for a regex or a question."""

_REACT: Rules = {
    "Action:": (2, 2),
    "Action Input:": (2, 2),
    "Thought:": (1, 1),
    "Final Answer:": (1, 1),
    "Observation:": (2, 0),  # what a tool says is not the model's to learn
}

# The names that the tool-calling data of several projects give to a call and its arguments.
_CALLS = (
    "Name:",
    "Action:",
    "ACTION:",
    "Tool:",
    "Command",
    "Arguments:",
    "action input",
    "ACTION_INPUT:",
    "Action Input:",
)

LOSS_SCALES: Mapping[str, Mapping[str, Rules]] = {
    "DEFAULT": {"response": _REACT},
    "alpha-umi": {"response": {**_REACT, "Next:": (2, 2)}},
    "agent-flan": {
        "response": {
            **dict.fromkeys(_CALLS, (1, 3)),
            "Thought:": (1, 1),
            "Final Answer:": (1, 1),
            "Observation:": (2, 0),
        },
        "query": {
            "What is the tool you want to use": (3,),
            "What are the required parameter names": (3,),
            "What is the value of": (3,),
        },
    },
}
