/** 依据: the articles a verdict rests on, in our words, one click away wherever a verdict is shown. */
import { ReadOutlined } from '@ant-design/icons';
import { useQueries, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Popover } from 'antd';
import { useState } from 'react';
import { post } from '../api/client';
import type { ArticleRef, Explained, RegulationDetail } from '../api/types';
import { useText, type Text } from '../shared/text';
import { regulationQuery } from './queries';
import { changesOf } from './would-change';
import { citeOf, inWords, sentencesOf } from './regulation';
import { wordOf } from './words';

/** The question that gave the verdict and its facts: asked again when somebody wants to know what would change it. */
export interface Asked { question: string; facts: Record<string, unknown>; unknown?: string[] }
interface Props { articles: ArticleRef[]; ours?: boolean; lapsed?: boolean; asked?: Asked }

export function ArticleList({ articles, ours = false, lapsed = false, asked }: Props) {
  const t = useText();
  const profiles = [...new Set(articles.map((ref) => ref.profile))];
  const found = useQueries({ queries: profiles.map(regulationQuery) });
  return (
    <div className="articles">
      {articles.length === 0 && <p>{t('rules.no_article')}</p>}
      <ul>
        {articles.map((ref) => {
          const regulation = found[profiles.indexOf(ref.profile)]?.data;
          const version = regulation?.versions.find((one) => one.version === ref.version);
          const sentences = sentencesOf(version?.articles ?? [], ref.article);
          return (
            <li key={`${ref.profile}/${ref.version}/${ref.article}`}>
              <Link to="/regulations/$id/articles/$no" params={{ id: ref.profile, no: ref.no ?? ref.article }}>{nameOf(ref, regulation, t)} <b>{sentences[0] ? citeOf(t.language, sentences[0]) : ref.article}</b></Link>
              {sentences.map((article) => <div key={article.no}>{inWords(t.language, article)}</div>)}
            </li>
          );
        })}
      </ul>
      {ours && <p className="muted"><b>{t('regulations.own_default')}</b> {t('rules.system_default')}</p>}
      {lapsed && <p className="muted">{t('rules.lapsed')}</p>}
      {asked && articles[0] && <WouldChange profile={articles[0].profile} asked={asked} />}
    </div>
  );
}

/** The shipped ones have a short name of ours, an agency's own its title. */
function nameOf({ profile }: ArticleRef, regulation: RegulationDetail | undefined, t: Text): string {
  const ours = t.code('rules.profile', profile);
  return ours === profile && regulation ? regulation.title : ours;
}

function WouldChange({ profile, asked }: { profile: string; asked: Asked }) {
  const t = useText();
  const { question, facts } = asked;
  const found = useQuery({
    queryKey: ['explain', profile, question, facts], staleTime: 300_000, retry: false,
    queryFn: () => post<Explained>(`/regulations/${encodeURIComponent(profile)}/explain`, { question, facts }),
  });
  const changes = changesOf(found.data?.answer.would_change ?? [], asked.unknown ?? []);
  if (changes.length === 0) return null;
  return (
    <>
      <b>{t('regulations.would_change')}</b>
      <ul>
        {changes.map(({ fact, to, verdict }) => (
          <li key={`${fact} ${to}`}>{t('regulations.change', { fact: t.code('regulations.fact', fact), to: wordOf(to, t, fact), verdict: wordOf(verdict, t) })}</li>
        ))}
      </ul>
    </>
  );
}

export function Basis(props: Props) {
  const t = useText();
  const [open, setOpen] = useState(false);
  return (
    <Popover
      content={open && <ArticleList {...props} />} title={t('rules.basis')} trigger="click" placement="bottom" getPopupContainer={() => document.getElementById('page') ?? document.body} open={open} onOpenChange={setOpen}
    >
      <button type="button" className="basis" aria-expanded={open} onClick={(event) => event.stopPropagation()}><ReadOutlined /> {t('rules.basis')}</button>
    </Popover>
  );
}
