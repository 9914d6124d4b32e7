/** 依据: the articles a verdict rests on, one click away wherever a verdict is shown. */
import { Popover } from 'antd';
import { ReadOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import type { ArticleRef } from '../api/types';
import { useText } from '../shared/text';

export function ArticleList({ articles, ours = false, lapsed = false }: { articles: ArticleRef[]; ours?: boolean; lapsed?: boolean }) {
  const t = useText();
  return (
    <div className="articles">
      {articles.length === 0 && <p>{t('rules.no_article')}</p>}
      <ul>
        {articles.map((ref) => (
          <li key={`${ref.profile}/${ref.version}/${ref.article}`}><span>{t.code('rules.profile', ref.profile)}</span> <b>{ref.article}</b></li>
        ))}
      </ul>
      {ours && <p className="muted">{t('rules.system_default')}</p>}
      {lapsed && <p className="muted">{t('rules.lapsed')}</p>}
    </div>
  );
}

export function Basis({ articles, ours, lapsed }: { articles: ArticleRef[]; ours: boolean; lapsed?: boolean }) {
  const t = useText();
  const content = (
    <>
      <ArticleList articles={articles} ours={ours} lapsed={lapsed} />
      <Link to="/rules">{t('rules.open')}</Link>
    </>
  );
  return (
    <Popover content={content} title={t('rules.basis')} trigger="click" placement="bottom">
      <button type="button" className="basis" onClick={(event) => event.stopPropagation()}><ReadOutlined /> {t('rules.basis')}</button>
    </Popover>
  );
}
