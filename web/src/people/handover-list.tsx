/** 清单: what is handed over, in plain view. */
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { HandoverList } from '../api/types';
import { useCan } from '../session/session';
import { formatTime } from '../shared/format';
import { Badge } from '../shared/page';
import { useText } from '../shared/text';
import { dutyName } from './responsibility-page';

/** `then`: with where each device and duty goes. */
export function HandoverListShown({ list, then }: { list: HandoverList; then: boolean }) {
  const t = useText();
  const can = useCan();
  const goes = (to: string) => then && <Badge tone={to === 'successor' ? 'plain' : 'warn'}>{t.code('handover.then', to)}</Badge>;
  return (
    <div className="panel-body handover-list">
      <Part title={t('handover.devices')} count={list.devices.length}>
        {list.devices.map((one) => (
          <li key={one.id}>
            <Link to="/equipment/$id" params={{ id: one.id }}>{one.asset_no ?? one.name}</Link> {one.model} <span className="muted">{[t.code('equipment.kind', one.kind), one.asset_no === null ? null : one.name, t.code('equipment.status', one.status)].filter(Boolean).join(' · ')}</span> {goes(one.then)}
            {one.on_device && <Badge tone="bad">{one.on_device.files == null ? t('handover.on_device') : t('handover.on_device_files', { files: one.on_device.files })}</Badge>}
          </li>
        ))}
      </Part>
      <Part title={t('handover.recordings')} count={list.recordings_total}>
        {list.recordings.map((one) => <li key={one.id}>{can('recording.list') ? <Link to="/recordings/$id" params={{ id: one.id }}>{one.name}</Link> : one.name} <span className="muted number">{formatTime(one.began_ms, 'minute')}</span></li>)}
        {list.recordings.length > 0 && list.recordings_total > list.recordings.length && <li className="muted">{t('handover.more', { count: list.recordings_total - list.recordings.length })}</li>}
      </Part>
      <Part title={t('handover.tasks')} count={list.tasks.length}>
        {list.tasks.map((one) => <li key={one.id}>{t.code('handover.task', one.kind)} {one.kind !== 'upload' && one.name} <span className="muted number">{formatTime(one.since_ms, 'minute')}</span></li>)}
      </Part>
      <Part title={t('handover.duties')} count={list.duties.length}>
        {list.duties.map((one) => <li key={one.id}>{one.unit.name} · {dutyName(t, one.duty)}{one.deputy && ` (${t('responsibility.deputy')})`} {goes(one.then)}</li>)}
      </Part>
    </div>
  );
}

function Part({ title, count, children }: { title: string; count: number; children: ReactNode }) {
  const t = useText();
  return (
    <section aria-label={title}>
      <h3>{title} <span className="muted number">{count}</span></h3>
      {count === 0 ? <p className="muted">{t('handover.nothing')}</p> : <ul className="plain">{children}</ul>}
    </section>
  );
}
