"""What transformers computes of a checkpoint, for `interpret check CHECKPOINT --reference FILE`.

    pip install torch transformers
    python reference.py CHECKPOINT reference.json ["a prompt" ...]
"""
import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

folder, out, *prompts = sys.argv[1:]
prompts = prompts or ["Name three animals that live in water.", "Write a short poem about the sea.", "What is 17 + 25?"]
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForCausalLM.from_pretrained(folder, torch_dtype=torch.float32, attn_implementation="eager").eval()
cases = []
for prompt in prompts:
    ids = tokenizer(prompt.strip(), add_special_tokens=False)["input_ids"]
    read = tokenizer(prompt.strip())["input_ids"]
    with torch.no_grad():
        run = model(torch.tensor([read]), output_hidden_states=True)
        made = model.generate(torch.tensor([read]), do_sample=False, num_beams=1, max_new_tokens=20, min_new_tokens=1)
    ends = model.generation_config.eos_token_id or []
    greedy = made[0, len(read):].tolist()
    while greedy and greedy[-1] in (ends if isinstance(ends, list) else [ends]):
        greedy.pop()
    cases.append({
        "prompt": prompt, "ids": ids, "n": len(ids), "bos": read[:1] != ids[:1], "greedy": greedy,
        "last_logits": run.logits[0, -1].tolist(),
        "hidden": [state[0, -1].tolist() for state in run.hidden_states[:-1]],  # the last one is normed already
    })
with open(out, "w", encoding="utf-8") as file:
    json.dump(cases, file)
