"""One sentence for one excursion of a metric."""

from responder.triage.signals.metrics.anomalies import Anomaly

__all__ = ["told"]


def told(anomaly: Anomaly) -> str:
    """`CPUUtilization of orders-db rose from 18.3 to 97.4 Percent: it was saturated`."""
    series = anomaly.series
    name = f"{series.metric} {series.statistic}".strip()
    whose = f" of {series.component}" if series.component else ""
    moved = "rose" if anomaly.peak.value >= anomaly.before else "fell"
    if anomaly.before == anomaly.peak.value:
        return f"{name}{whose} is at {anomaly.peak.value:.4g}" + (": it is saturated" if anomaly.saturated else "")
    unit = f" {series.unit}" if series.unit and series.unit.lower() not in ("none", "count") else ""
    sentence = f"{name}{whose} {moved} from {anomaly.before:.4g} to {anomaly.peak.value:.4g}{unit}"
    if anomaly.recovered:
        return f"{sentence} and returned to normal"
    return f"{sentence}: it was saturated" if anomaly.saturated else sentence
