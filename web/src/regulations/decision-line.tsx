import { CheckCircleOutlined, ClockCircleOutlined, StopOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Popconfirm } from 'antd';
import { post, remove } from '../api/client';
import type { Decision, RegulationDetail } from '../api/types';
import { useMe } from '../session/session';
import { formatTime } from '../shared/format';
import { Badge } from '../shared/page';
import { Refusal } from '../shared/refusal';
import { useText } from '../shared/text';
import { choiceText } from './readings-page';

/** One decision, as it was entered; nothing is ever taken away. While it waits, whoever may settles it here. */
export function DecisionLine({ decision, regulation, full = false }: { decision: Decision; regulation: RegulationDetail; full?: boolean }) {
  const t = useText();
  const what = [
    t.code('regulation.decision', decision.kind), decision.continuation && t.code('regulation.decision', decision.continuation), decision.act && t.code('rules.word', `Act.${decision.act}`),
    decision.role && t.code('rules.word', `Role.${decision.role}`), decision.delegate, decision.document, decision.version && t('regulations.version', { no: decision.version }),
    decision.value !== null && decision.value !== undefined && choiceText(decision.value, t), decision.published_on && t('regulations.published', { day: decision.published_on }),
    decision.until && t('regulations.until', { day: decision.until }), decision.retroactive && t('regulations.retroactive'),
  ];
  return (
    <li className={decision.state === 'withdrawn' ? 'withdrawn' : undefined}>
      <b>{what.filter(Boolean).join(' · ')}</b> <Standing decision={decision} />
      {full && decision.resolution && <> <Link to="/regulations/$id/readings" params={{ id: decision.profile }} hash={decision.resolution}>{decision.resolution}</Link></>}
      {full && decision.lines.length > 0 && <ol className="small">{decision.lines.map((line, i) => <li key={i}>{line}</li>)}</ol>}
      <div className="muted small">
        {t('regulations.decision_text', { no: decision.decision_no ?? '—', by: decision.decided_by, on: decision.decided_on, from: decision.effective_on })}
        {decision.reason && <> · {decision.reason}</>} · {t('regulations.entered', { by: decision.by ?? t('recordings.by_system'), time: formatTime(decision.at_ms) })}
        {decision.settled_ms !== null && <> · {t(decision.state === 'withdrawn' ? 'regulations.withdrawn_by' : 'regulations.approved_by', { by: decision.settled_name ?? '—', time: formatTime(decision.settled_ms) })}</>}
      </div>
      {decision.state === 'pending' && <Settle decision={decision} regulation={regulation} />}
    </li>
  );
}

function Standing({ decision: { state } }: { decision: Decision }) {
  const t = useText();
  if (state === 'pending') return <Badge tone="warn" icon={<ClockCircleOutlined />}>{t('regulations.pending')}</Badge>;
  if (state === 'withdrawn') return <Badge icon={<StopOutlined />}>{t('regulations.withdrawn')}</Badge>;
  return <Badge tone="good" icon={<CheckCircleOutlined />}>{t('regulations.approved')}</Badge>;
}

/** 批准 by another person of the legal office; 撤回 by who entered it, 不予批准 by who would approve. */
function Settle({ decision, regulation }: { decision: Decision; regulation: RegulationDetail }) {
  const t = useText();
  const me = useMe();
  const client = useQueryClient();
  const path = `/regulations/${encodeURIComponent(decision.profile)}/decisions/${decision.id}`;
  const again = () => {
    for (const key of ['/regulations', '/workbench']) void client.invalidateQueries({ queryKey: [key] });
  };
  const approve = useMutation({ mutationFn: () => post(`${path}/approve`), onSuccess: again });
  const withdraw = useMutation({ mutationFn: () => remove(path), onSuccess: again });
  const own = decision.account === me.account;
  return (
    <>
      <Refusal error={approve.error ?? withdraw.error} />
      <div className="row">
        {regulation.may_approve && !own && (
          <Popconfirm title={t('regulations.approve_question')} okText={t('regulations.approve')} cancelText={t('form.cancel')} onConfirm={() => approve.mutate()}>
            <Button type="primary" size="small" loading={approve.isPending}>{t('regulations.approve')}</Button>
          </Popconfirm>
        )}
        {(own || regulation.may_approve) && <Button size="small" loading={withdraw.isPending} onClick={() => withdraw.mutate()}>{t(own ? 'regulations.withdraw' : 'regulations.refuse')}</Button>}
        {own && regulation.may_approve && <span className="muted small">{t('regulations.own_waits')}</span>}
      </div>
    </>
  );
}
