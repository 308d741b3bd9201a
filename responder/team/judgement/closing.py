"""What a run that is over comes to: its typed conclusion, from everything it built up."""

from responder.team.analyst.conclude import conclusion_json
from responder.team.interface import AgentUsage, Conclusion
from responder.team.judgement.conclusion import (
    checked_claims,
    dissent,
    parse_final_answer,
    results_of,
    verifications_of,
)
from responder.team.run import Run

__all__ = ["concluded"]


def concluded(run: Run, error: BaseException | None) -> Conclusion:
    """Conclude from what is known.

    Args:
        run: The run; its notes get what the reader must know of its end.
        error: What ended the conversation, if it did not end by itself.
    """
    if error is not None:
        run.journal.record("error", {"where": "team", "error": f"{type(error).__name__}: {error}"})
        run.notes.append(f"The team stopped early: {type(error).__name__}; what it had found until then was kept.")
    given_up = [provider.given_up for provider in run.providers.values() if provider.given_up]
    run.notes += [f"The built-in analyst took over: {reason.rstrip('.')}." for reason in given_up]
    # Whoever is stopped in the middle of a sentence has not answered; what was learnt until then is known to code.
    answer = parse_final_answer(conclusion_json(run.memory) if run.meter.closed else run.answer)
    runs, unsound = verifications_of(run.case, run.sandbox.executions if run.sandbox else (), run.shown)
    contradicted = run.memory.contradictions()
    claims, struck = checked_claims(run.case, answer, runs, contradicted)
    results = results_of(run.case, verifications=runs, contradicted=contradicted)
    run.notes += dissent(run.case, answer, results)
    failed = error is not None or bool(given_up)
    return Conclusion(
        stop_reason=run.meter.stopped or ("model_failed" if failed else "concluded"),
        results=results,
        claims=claims,
        struck=(*unsound, *struck),
        verifications=runs,
        usage=_usage(run),
        notes=tuple(run.notes),
        turns_by_agent=dict(run.meter.turns_by_agent),
    )


def _usage(run: Run) -> AgentUsage:
    meter = run.meter
    return AgentUsage(
        turns=meter.turns,
        max_turns=meter.allowance.max_turns,
        model=", ".join(dict.fromkeys(choice.model for choice in run.providers)),
        calls=meter.calls,
        prompt_tokens=meter.prompt_tokens,
        completion_tokens=meter.completion_tokens,
        tokens_estimated=meter.estimated,
        cost=meter.cost,
    )
