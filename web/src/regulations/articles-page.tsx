/** 条文: a table of the articles on the left, the chosen one on the right; on a phone first the one, then the other. */
import { Link, useParams } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import type { Article, RegulationDetail } from '../api/types';
import { NotFound } from '../app/states';
import { usePhone } from '../shared/browser';
import { Empty } from '../shared/page';
import { useText } from '../shared/text';
import { ArticleDetail } from './article-detail';
import { RegulationFrame } from './frame';
import { articleOf, citeOf, inWords } from './regulation';

export function ArticlesPage() {
  const { id, no } = useParams({ strict: false }) as { id: string; no?: string };
  return <RegulationFrame id={id} tab="articles">{(regulation) => <Articles regulation={regulation} no={no} />}</RegulationFrame>;
}

function Articles({ regulation, no }: { regulation: RegulationDetail; no: string | undefined }) {
  const t = useText();
  const phone = usePhone();
  const articles = regulation.versions.find((version) => version.version === regulation.version)?.articles ?? [];
  const chosen = no === undefined && !phone ? articles[0] : articleOf(articles, no);
  if (articles.length === 0) return <div className="panel"><Empty title={t('regulations.no_articles')} hint={t('regulations.none_hint')} /></div>;
  if (no !== undefined && !chosen) return <NotFound />;
  if (phone && chosen) return <ArticleDetail regulation={regulation} articles={articles} article={chosen} back />;
  return (
    <div className="articles-page">
      <ArticleTable id={regulation.id} articles={articles} chosen={chosen} />
      {chosen && <ArticleDetail regulation={regulation} articles={articles} article={chosen} />}
    </div>
  );
}

function ArticleTable({ id, articles, chosen }: { id: string; articles: Article[]; chosen: Article | undefined }) {
  const t = useText();
  const here = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    const [link, table] = [here.current, here.current?.closest('nav')];
    if (!link || !table) return;
    const shown = link.offsetTop >= table.scrollTop && link.offsetTop + link.offsetHeight <= table.scrollTop + table.clientHeight;
    if (!shown) table.scrollTop = link.offsetTop - table.clientHeight / 3; // the table only, never the page
  }, [chosen?.no]);
  return (
    <nav className="panel article-table" aria-label={t('regulations.tab.articles')}>
      <ol>
        {articles.map((article) => (
          <li key={article.no}>
            <Link
              to="/regulations/$id/articles/$no" params={{ id, no: article.no }} aria-current={article === chosen ? 'true' : undefined} ref={article === chosen ? here : undefined}
              resetScroll={false}
            >
              <b>{citeOf(t.language, article)}</b><span>{inWords(t.language, article)}</span>
            </Link>
          </li>
        ))}
      </ol>
    </nav>
  );
}
