/** 条款落实情况: article by article what answers it, how far, and today's figures, each opening its page. */
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { get } from '../api/client';
import type { ArticleAnswered, Compliance, Figure } from '../api/types';
import { mayOpen } from '../app/menu';
import { Failed, Loading } from '../app/states';
import { useMe } from '../session/session';
import { Rows, type Column } from '../shared/data-list';
import { formatCount, formatTime } from '../shared/format';
import { Badge, Empty } from '../shared/page';
import { useText, type Text } from '../shared/text';
import { Answer } from './article-detail';
import { RegulationFrame } from './frame';
import { ANSWERED_TONES, citeOf, inWords, placeOf } from './regulation';
import '../recordings/recordings.css';

export function CompliancePage() {
  const { id } = useParams({ from: '/shell/regulations/$id/compliance' });
  return <RegulationFrame id={id} tab="compliance">{() => <Answers id={id} />}</RegulationFrame>;
}

function Answers({ id }: { id: string }) {
  const t = useText();
  const { state } = useSearch({ from: '/shell/regulations/$id/compliance' });
  const navigate = useNavigate();
  const found = useQuery({ queryKey: ['/regulations', id, 'compliance'], queryFn: () => get<Compliance>(`/regulations/${encodeURIComponent(id)}/compliance`) });
  if (found.isPending) return <Loading />;
  if (found.error) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const { articles, totals, figures, at_ms, split_on } = found.data;
  const counts = Object.entries(totals).filter(([, count]) => count > 0);
  const rows = articles.filter((article) => state === undefined || article.state === state);
  return (
    <div className="panel">
      <p className="panel-body muted" style={{ margin: 0 }}>{t('regulations.compliance_intro', { time: formatTime(at_ms) })}</p>
      {split_on && <p className="panel-body muted" style={{ margin: 0 }}>{t('regulations.split', { day: split_on })}</p>}
      <div className="facets" role="group" aria-label={t('regulations.totals')}>
        {counts.map(([code, count]) => (
          <button
            key={code} type="button" aria-pressed={state === code}
            onClick={() => void navigate({ to: '/regulations/$id/compliance', params: { id }, search: state === code ? {} : { state: code }, replace: true })}
          >{t.code('regulation.answered', code)} <b>{formatCount(count)}</b></button>
        ))}
      </div>
      {rows.length === 0
        ? <Empty title={t('list.nothing')} hint={t('list.nothing_hint')} />
        : <Rows rows={rows} columns={columns(id, figures, split_on, t)} rowKey={(article) => article.no} caption={t('regulations.tab.compliance')} />}
    </div>
  );
}

/** Of an expired text two columns of figures, never added up: until its last day, and after it as practice. */
function columns(id: string, figures: Figure[], split: string | null, t: Text): Column<ArticleAnswered>[] {
  return [
    {
      key: 'article', title: t('regulations.article'), width: split ? '25%' : '30%', card: 'title',
      render: (a) => <><Link to="/regulations/$id/articles/$no" params={{ id, no: a.no }}>{citeOf(t.language, a)}</Link><div className="article-line">{inWords(t.language, a)}</div></>,
    },
    { key: 'state', title: t('regulations.answered'), width: 165, card: 'bare', render: (a) => <Badge tone={ANSWERED_TONES[a.state] ?? 'plain'}>{t.code('regulation.answered', a.state)}</Badge> },
    {
      key: 'answers', title: t('regulations.answered_by'),
      render: (a) => (a.answers.length > 0
        ? <ul className="answers">{a.answers.map((one) => <Answer key={one.id} one={one} />)}</ul>
        : <span className="muted">{inWords(t.language, { zh: a.no_software_zh ?? '', en: a.no_software_en ?? '' }) || '—'}</span>),
    },
    { key: 'figures', title: split ? t('regulations.figures_until', { day: split }) : t('regulations.figures'), width: split ? 150 : 190, render: (a) => <Figures figures={figuresOf(a, figures)} /> },
    ...(split ? [{ key: 'lapsed', title: t('regulations.figures_after', { day: split }), width: 150, render: (a: ArticleAnswered) => <Figures figures={figuresOf(a, figures)} lapsed /> }] : []),
  ];
}

/** Every figure once, in the order of what answers the article. */
function figuresOf(article: ArticleAnswered, figures: Figure[]): Figure[] {
  const keys = new Set(article.answers.flatMap((one) => one.figures));
  return [...keys].flatMap((key) => figures.filter((figure) => figure.key === key));
}

function Figures({ figures, lapsed = false }: { figures: Figure[]; lapsed?: boolean }) {
  const t = useText();
  const { permissions } = useMe();
  // Nobody is late by the practice of an expired text where none has expired.
  const counted = (figure: Figure) => figure.key !== 'hand_in_deviation' || figure.value > 0 || lapsed;
  const shown = figures.filter((figure) => counted(figure) && !(lapsed && figure.lapsed === null));
  if (shown.length === 0) return <span className="muted">—</span>;
  return (
    <ul className="figures-list">
      {shown.map((figure) => {
        const link = lapsed ? figure.lapsed_link : figure.link;
        const place = link ? placeOf(link) : null;
        const text = <>{t.code('regulation.figure', figure.key)} <b className="number">{formatCount(lapsed ? figure.lapsed ?? 0 : figure.value)}</b></>;
        return <li key={figure.key}>{place && mayOpen(place.to, permissions) ? <Link to={place.to as '/'} search={place.search as never}>{text}</Link> : text}</li>;
      })}
    </ul>
  );
}
