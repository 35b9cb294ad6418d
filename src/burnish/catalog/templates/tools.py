"""Tools as text: what is appended to the system prompt where a template has no place for tools.

The markers (Action:, Observation:, Finish ...) are fixed, since answers are read back by them; the
sentences are our own.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Tool = Mapping[str, Any]

REACT_EN = """You can call the following tools:

{tools}

Write in this form:

Thought: what is to be done next, and why
Action: the tool to call, one of [{names}]
Action Input: what the tool is given
Observation: what the tool gave back
... (Thought, Action, Action Input and Observation may repeat any number of times)
Thought: now the answer is known
Final Answer: the answer to the question

Begin!
"""

REACT_ZH = """你可以调用以下工具：

{tools}

请按下面的格式书写：

Thought: 接下来要做什么，为什么
Action: 要调用的工具，必须是 [{names}] 中的一个
Action Input: 交给工具的参数
Observation: 工具返回的结果
... (Thought、Action、Action Input 和 Observation 可以重复任意多次)
Thought: 现在知道答案了
Final Answer: 对问题的最终回答

开始！
"""

TOOLBENCH = """You solve tasks by calling functions, step by step. In each step, first say what \
you think, then call one function, in this form:
Thought:
Action:
Action Input:

What the call returns changes your state; you then think again, and go on to the next step. After \
some steps the task is solved, and you give the final answer.

Rules:
1. A change of state cannot be taken back. To return to the first state, say "I give up and \
restart".
2. Keep each thought short, five sentences at most.
3. You may try more than once. To try several conditions, try one of them in each attempt.

The task:
Call the function Finish at the very end, and give the final answer in it: all that the user needs \
to know. If the task cannot be solved with the functions at hand, call \
Finish->give_up_and_restart.
Call functions only by the names of their sub-functions listed here.
You have these APIs: {tools}"""

PROMPTS = {"react_en": REACT_EN, "react_zh": REACT_ZH, "toolbench": TOOLBENCH}


def describe_tools(style: str, tools: Sequence[Tool]) -> str:
    """The text to append to a system prompt. Raises ValueError for a tool without a name."""
    plain = [tool.get("function") or tool for tool in tools]
    if any(not tool.get("name") for tool in plain):
        raise ValueError("a tool has no name")
    names = ",".join(str(tool["name"]) for tool in plain)
    listed = "\n\n".join(str(dict(tool)) for tool in plain)
    return PROMPTS[style].format(tools=listed, names=names)
