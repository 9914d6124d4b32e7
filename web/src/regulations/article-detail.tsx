/** One article: our reading of it, what answers it, what rests on it, where it is ambiguous. */
import { DownloadOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import type { Answered, Article, RegulationDetail, Resolution } from '../api/types';
import { mayOpen } from '../app/menu';
import { useMe } from '../session/session';
import { Badge } from '../shared/page';
import { useText } from '../shared/text';
import { parameterName, parameterText } from './parameters';
import { ANSWERED_TONES, citeOf, inWords, placeOf } from './regulation';

interface Props { regulation: RegulationDetail; articles: Article[]; article: Article; back?: boolean }

export function ArticleDetail({ regulation, articles, article, back = false }: Props) {
  const t = useText();
  const resolutions = regulation.resolutions.filter((resolution) => article.resolutions.includes(resolution.id));
  const file = regulation.files[regulation.files.length - 1];
  return (
    <article className="panel article">
      {back && <Link to="/regulations/$id" params={{ id: regulation.id }}>{t('regulations.all_articles')}</Link>}
      <h2>{citeOf(t.language, article)}</h2>
      <p className="article-reading">{inWords(t.language, article)}</p>
      <p className="muted small">
        {t('regulations.our_words')} {file
          ? <a href={`/api/regulations/${encodeURIComponent(regulation.id)}/files/${encodeURIComponent(file.id)}`}><DownloadOutlined /> {t('regulations.official_text')}</a>
          : <Link to="/regulations/$id/validity" params={{ id: regulation.id }}>{t('regulations.attach_first')}</Link>}
      </p>
      <h3>{t('regulations.answered_by')}</h3>
      {article.absent && <p>{t('regulations.absent')}</p>}
      {article.answers.length > 0
        ? <ul className="answers">{article.answers.map((one) => <Answer key={one.id} one={one} />)}</ul>
        : !article.absent && <p>{inWords(t.language, { zh: article.no_software_zh ?? '', en: article.no_software_en ?? '' }) || t('regulations.unanswered')}</p>}
      {article.parameters.length > 0 && (
        <>
          <h3>{t('regulations.parameters')}</h3>
          <dl className="facts">
            {article.parameters.map((parameter) => <div className="parameter" key={parameter.path}><dt>{parameterName(parameter.path, t)}</dt><dd>{parameterText(parameter, t) || t('form.yes')}</dd></div>)}
          </dl>
        </>
      )}
      {resolutions.length > 0 && <h3>{t('regulations.ambiguities')}</h3>}
      {resolutions.map((resolution) => <Ambiguity key={resolution.id} id={regulation.id} resolution={resolution} />)}
      <Neighbours id={regulation.id} articles={articles} article={article} />
    </article>
  );
}

/** A requirement of the catalogue, how far it is built, and its page where this person may open it. */
export function Answer({ one }: { one: Answered }) {
  const t = useText();
  const { permissions } = useMe();
  const name = inWords(t.language, one);
  const place = one.page ? placeOf(one.page) : null;
  return (
    <li>
      <code>{one.id}</code> {place && mayOpen(place.to, permissions) ? <Link to={place.to as '/'} search={place.search as never}>{name}</Link> : name}
      {' '}<Badge tone={ANSWERED_TONES[one.state] ?? 'plain'}>{t.code('regulation.answered', one.state)}</Badge>
    </li>
  );
}

function Ambiguity({ id, resolution }: { id: string; resolution: Resolution }) {
  const t = useText();
  return (
    <div className="ambiguity">
      <div>{inWords(t.language, { zh: resolution.finding_zh, en: resolution.finding_en })}</div>
      <div><b>{t('regulations.our_reading')}</b> {inWords(t.language, { zh: resolution.reading_zh, en: resolution.reading_en })}</div>
      <Link to="/regulations/$id/readings" params={{ id }} hash={resolution.id}>{resolution.id}</Link>
      {' '}<span className="muted small">{resolution.decided ? t('regulations.decided', { no: resolution.decided.decision_no ?? '—' }) : t('regulations.own_default')}</span>
    </div>
  );
}

function Neighbours({ id, articles, article }: { id: string; articles: Article[]; article: Article }) {
  const t = useText();
  const at = articles.indexOf(article);
  const [before, after] = [articles[at - 1], articles[at + 1]];
  return (
    <nav className="neighbours" aria-label={t('regulations.neighbours')}>
      {before && <Link to="/regulations/$id/articles/$no" params={{ id, no: before.no }}>← {citeOf(t.language, before)}</Link>}
      {after && <Link className="after" to="/regulations/$id/articles/$no" params={{ id, no: after.no }}>{citeOf(t.language, after)} →</Link>}
    </nav>
  );
}
