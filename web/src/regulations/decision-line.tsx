import { Link } from '@tanstack/react-router';
import type { Decision } from '../api/types';
import { formatTime } from '../shared/format';
import { useText } from '../shared/text';
import { choiceText } from './readings-page';

/** One decision, as it was entered; nothing is ever taken away. */
export function DecisionLine({ decision, full = false }: { decision: Decision; full?: boolean }) {
  const t = useText();
  const what = [
    t.code('regulation.decision', decision.kind), decision.continuation && t.code('regulation.decision', decision.continuation), decision.document,
    decision.value !== null && decision.value !== undefined && choiceText(decision.value, t), decision.published_on && t('regulations.published', { day: decision.published_on }),
  ];
  return (
    <li>
      <b>{what.filter(Boolean).join(' · ')}</b>
      {full && decision.resolution && <> <Link to="/regulations/$id/readings" params={{ id: decision.profile }} hash={decision.resolution}>{decision.resolution}</Link></>}
      <div className="muted small">
        {t('regulations.decision_text', { no: decision.decision_no ?? '—', by: decision.decided_by, on: decision.decided_on, from: decision.effective_on })}
        {decision.reason && <> · {decision.reason}</>} · {t('regulations.entered', { by: decision.account ?? t('recordings.by_system'), time: formatTime(decision.at_ms) })}
      </div>
    </li>
  );
}
