"""Agents and tools."""

from burnish.catalog.corpora.spec import Corpus

CORPORA = (
    Corpus(
        "agent-instruct-all-en",
        None,
        "huangjintao/AgentInstruct_copy",
        subsets=("alfworld", "db", "kg", "mind2web", "os", "webshop"),
        code="ConversationsPreprocessor",
        tags=("chat", "agent", "multi-round"),
    ),
    Corpus(
        "damo-agent-zh",
        None,
        "damo/MSAgent-Bench",
        split=("train", "validation"),
        code="ConversationsPreprocessor",
        tags=("chat", "agent", "multi-round"),
    ),
    Corpus(
        "damo-agent-zh-mini",
        None,
        "damo/MSAgent-Bench",
        split=("train", "validation"),
        code="ConversationsPreprocessor",
        tags=("chat", "agent", "multi-round"),
    ),
    Corpus(
        "ms-agent",
        None,
        "iic/ms_agent",
        conversations={"error_strategy": "delete"},
        tags=("chat", "agent", "multi-round", "🔥"),
    ),
    Corpus(
        "ms-agent-for-agentfabric",
        None,
        "AI-ModelScope/ms_agent_for_agentfabric",
        subsets=("default", "addition"),
        tags=("chat", "agent", "multi-round", "🔥"),
    ),
    Corpus(
        "ms-agent-multirole",
        None,
        "iic/MSAgent-MultiRole",
        code="_preprocess_msagent_multirole_dataset",
        tags=("chat", "agent", "multi-round", "role-play", "multi-agent"),
    ),
    Corpus(
        "msagent-pro",
        None,
        "iic/MSAgent-Pro",
        conversations={"error_strategy": "delete"},
        tags=("chat", "agent", "multi-round", "🔥"),
    ),
    Corpus(
        "toolbench",
        None,
        "swift/ToolBench",
        code="_preprocess_toolbench",
        tags=("chat", "agent", "multi-round"),
    ),
    Corpus(
        "toolbench-for-alpha-umi",
        None,
        "shenweizhou/alpha-umi-toolbench-processed-v2",
        subsets=("backbone", "caller", "planner", "summarizer"),
        code="ConversationsPreprocessor",
        tags=("chat", "agent", "🔥"),
        huge=True,
    ),
)
