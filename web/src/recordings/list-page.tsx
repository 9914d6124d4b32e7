/** 录像: everything in the vault this person may know of, filtered by what stands in the address. */
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { get } from '../api/client';
import type { Facets, Recording } from '../api/types';
import { useCan } from '../session/session';
import { DataList } from '../shared/data-list';
import { formatCount } from '../shared/format';
import { useList } from '../shared/list';
import { Empty, PageHead } from '../shared/page';
import { compact } from '../shared/search';
import { useText } from '../shared/text';
import { ExportButton } from '../sheet/export-button';
import { recordingColumns } from './columns';
import { Filters } from './filters';
import { filterCount, recordingQuery, type RecordingSearch } from './search';
import './recordings.css';

export function RecordingsPage() {
  const t = useText();
  const search = useSearch({ from: '/shell/recordings' });
  const navigate = useNavigate();
  const mayUpload = useCan()('upload.create');
  const query = recordingQuery(search);
  const list = useList<Recording>('/recordings', query, { refetchMs: 60_000 });
  const facets = useQuery({ queryKey: ['/recordings/facets', query], queryFn: () => get<Facets>('/recordings/facets', query) });
  const change = (part: Partial<RecordingSearch>) =>
    void navigate({ to: '/recordings', search: compact({ ...search, ...part }), replace: true });
  const filtered = Boolean(search.q) || filterCount(search) > 0;
  return (
    <>
      <PageHead title={t('recordings.title')}><ExportButton list="recordings" query={query} />{mayUpload && <Link to="/ingest">{t('recordings.add')}</Link>}</PageHead>
      <div className="panel">
        <Filters search={search} change={change} />
        {facets.data && <FacetLine facets={facets.data} search={search} change={change} />}
        <DataList
          list={list} columns={recordingColumns(t)} rowKey={(r) => r.id} caption={t('recordings.title')}
          empty={filtered
            ? <Empty title={t('recordings.none_found')} hint={t('recordings.none_found_hint')}><Link to="/recordings" search={{}}>{t('recordings.clear_filters')}</Link></Empty>
            : <Empty title={t('recordings.none')} hint={t('recordings.none_hint')}>{mayUpload && <Link to="/ingest">{t('ingest.upload')}</Link>}</Empty>}
        />
      </div>
    </>
  );
}

/** What the filter yields, each figure a further filter. */
function FacetLine({ facets, search, change }: { facets: Facets; search: RecordingSearch; change: (part: Partial<RecordingSearch>) => void }) {
  const t = useText();
  const figures = [
    { key: 'late', label: t('recordings.verdict.late'), count: facets.by_hand_in.late ?? 0, on: search.hand_in === 'late', set: { hand_in: search.hand_in === 'late' ? undefined : ('late' as const) } },
    ...(['video', 'audio', 'image', 'other'] as const).map((kind) => ({
      key: kind, label: t.code('recordings.kind', kind), count: facets.by_kind[kind] ?? 0, on: search.kind === kind, set: { kind: search.kind === kind ? undefined : kind },
    })),
  ].filter((figure) => figure.count > 0 || figure.on);
  return (
    <div className="facets" role="group" aria-label={t('recordings.facets')}>
      <span>{t('recordings.found', { count: formatCount(facets.total) })}</span>
      {figures.map((figure) => (
        <button key={figure.key} type="button" aria-pressed={figure.on} onClick={() => change(figure.set)}>{figure.label} <b>{formatCount(figure.count)}</b></button>
      ))}
    </div>
  );
}
