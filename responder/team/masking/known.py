"""The mask of one run: it knows the names of the run's evidence, and no word of the tool's own instructions."""

import json
import re

from autogen_agentchat.teams._group_chat._magentic_one import _prompts as autogen_prompts

from responder.team.agents.toolbox import TOOLS
from responder.team.briefing.prompts import FINAL_ANSWER_PROMPT, MASKED_RULE, coder_instructions
from responder.team.case import Case
from responder.team.masking.mask import Mask

__all__ = ["mask_for"]


def mask_for(case: Case, *, key: bytes) -> Mask:
    """Make the mask; reads the staged evidence once.

    Args:
        case: The incident, redacted.
        key: Keys the tokens; the same key gives the same ones.
    """
    told = [FINAL_ANSWER_PROMPT, MASKED_RULE, coder_instructions(case), json.dumps(TOOLS)]
    told += [value for name, value in vars(autogen_prompts).items() if name.isupper() and isinstance(value, str)]
    mask = Mask(key=key, spared=re.findall(r"\w+|[A-Za-z]+", " ".join(told)))
    mask.study(case.staged)
    return mask
