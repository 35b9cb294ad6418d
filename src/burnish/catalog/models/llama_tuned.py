"""Models that others tuned from Llama or built with its architecture."""

from burnish.catalog.models.spec import MATH, owners

DEEPSEEK = owners("deepseek-ai")
NVIDIA = owners("nvidia", "AI-ModelScope")
THUDM = owners("THUDM", "ZhipuAI")
INFINIGENCE = owners("Infinigence", "InfiniAI")
JINGYAOGONG = owners("jingyaogong", "gongjy")
AI_MO = owners("AI-MO", "AI-ModelScope")
MATTSHUMER = owners("mattshumer", "LLM-Research")
SKYWORK = owners("Skywork", "AI-ModelScope")
SUSTECH = owners("SUSTech", "SUSTC")

MODELS = (
    DEEPSEEK("deepseek-r1-distill-llama-8b", "DeepSeek-R1-Distill-Llama-8B", None),
    DEEPSEEK("deepseek-r1-distill-llama-70b", "DeepSeek-R1-Distill-Llama-70B", None),
    NVIDIA("llama-3.1-nemotron-70B-instruct-hf", "Llama-3.1-Nemotron-70B-Instruct-HF", "llama3_1"),
    THUDM("longwriter-llama3_1-8b", "LongWriter-llama3.1-8b", "longwriter-llama3"),
    INFINIGENCE("megrez-3b-instruct", "Megrez-3B-Instruct", None, ms="InfiniAI/Megrez-3b-Instruct"),
    JINGYAOGONG("minimind2", "MiniMind2", None),
    AI_MO("numina-math-7b", "NuminaMath-7B-TIR", "numina-math", tags=MATH),
    MATTSHUMER("reflection-llama_3_1-70b", "Reflection-Llama-3.1-70B", "reflection"),
    SKYWORK("skywork-o1-open-llama-3_1-8b", "Skywork-o1-Open-Llama-3.1-8B", None),
    SUSTECH("sus-34b-chat", "SUS-Chat-34B", "sus"),
)
