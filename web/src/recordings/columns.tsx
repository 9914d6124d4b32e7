import { Link } from '@tanstack/react-router';
import type { Recording } from '../api/types';
import type { Column } from '../shared/data-list';
import { formatBytes, formatDuration, formatTime } from '../shared/format';
import type { Text } from '../shared/text';
import { Badges, KindIcon, titleOf } from './status';

/** The columns of every list of recordings. */
export function recordingColumns(t: Text): Column<Recording>[] {
  return [
    {
      key: 'title', title: t('recordings.title_column'), card: 'title',
      render: (r) => (
        <>
          <Link to="/recordings/$id" params={{ id: r.id }} className="recording-link"><KindIcon kind={r.kind} /> {titleOf(r)}</Link>
          {r.part_no !== null && <span className="muted"> {t('recordings.part', { no: r.part_no })}</span>}
          {(r.place || r.party) && <div className="muted small">{[r.place, r.party].filter(Boolean).join(' · ')}</div>}
        </>
      ),
    },
    { key: 'status', title: t('recordings.status'), width: 262, card: 'bare', render: (r) => <Badges recording={r} /> },
    { key: 'began', title: t('recordings.began'), width: 142, render: (r) => <span className="number">{formatTime(r.began_ms ?? r.received_ms)}{r.began_ms === null && ` (${t('recordings.received')})`}</span> },
    {
      key: 'who', title: t('recordings.who'), width: 130,
      render: (r) => <>{r.officer?.name ?? <span className="muted">{t('recordings.officer_unknown')}</span>}<div className="muted small">{r.unit?.name ?? r.agency.name}</div></>,
    },
    { key: 'size', title: t('recordings.size'), width: 100, end: true, render: (r) => <span className="number">{r.duration_ms !== null && <>{formatDuration(r.duration_ms)} <br className="desk" /></>}<span className="muted small">{formatBytes(r.bytes)}</span></span> },
  ];
}
