/** The frame of every signed-in page: bar, four chapters, the page itself. */
import { KeyOutlined, LogoutOutlined, MenuOutlined, TranslationOutlined, UserOutlined, CloudUploadOutlined, DisconnectOutlined } from '@ant-design/icons';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { Button, Drawer, Dropdown } from 'antd';
import { lazy, Suspense, useEffect, useState } from 'react';
import { remove } from '../api/client';
import { useUploadsRunning } from '../ingest/uploads';
import { sessionQuery, useForgetSession, useMe } from '../session/session';
import { useOnline } from '../shared/browser';
import { switchLanguage, useText } from '../shared/text';
import { entryOf, firstPlace, mayOpen, permitted } from './menu';
import { Failed, Forbidden, Loading } from './states';

const PasswordDialog = lazy(() => import('../session/password-dialog').then((m) => ({ default: m.PasswordDialog })));

export function Shell() {
  const { data: me, error, isPending, refetch } = useQuery(sessionQuery);
  const navigate = useNavigate();
  const location = useRouterState({ select: (state) => state.location });
  const signedOut = me === null;
  useEffect(() => {
    if (signedOut) void navigate({ to: '/sign-in', search: location.href === '/' ? {} : { next: location.href }, replace: true });
    // Only the loss of the session sends somebody away; the address alone does not.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [signedOut]);
  // The workbench is not everybody's: an auditor lands on their own first page.
  const landing = me && location.pathname === '/' && !me.permissions.includes('workbench.read') ? firstPlace(me.permissions) : null;
  useEffect(() => {
    if (landing) void navigate({ to: landing, replace: true });
  }, [landing, navigate]);

  if (isPending || signedOut || landing) return <Loading />;
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  return <Frame path={location.pathname} />;
}

function Frame({ path }: { path: string }) {
  const t = useText();
  const me = useMe();
  const [menuOn, setMenuOn] = useState<string | null>(null); // the path on which the drawer was opened: going elsewhere closes it
  return (
    <div className="shell">
      <a className="skip" href="#page">{t('shell.skip')}</a>
      <header className="bar">
        <Button className="bar-menu" type="text" icon={<MenuOutlined />} aria-label={t('shell.menu')} onClick={() => setMenuOn(path)} />
        <Link to="/" className="brand"><img src="/icon.svg" alt="" width="30" height="30" /><b>{t('shell.product')}</b><span>{t('shell.subtitle')}</span></Link>
        <span className="bar-agency">{me.agency?.name}</span>
        <UploadsRunning />
        <UserMenu />
      </header>
      <Offline />
      <nav className="side" aria-label={t('shell.menu')}><div><Chapters path={path} /></div></nav>
      <Drawer open={menuOn === path} onClose={() => setMenuOn(null)} placement="left" size={290} title={t('shell.menu')} styles={{ body: { padding: '8px 0' } }}>
        <nav aria-label={t('shell.menu')}><Chapters path={path} /></nav>
      </Drawer>
      <main id="page" className="page" tabIndex={-1}><Suspense fallback={<Loading />}>{mayOpen(path, me.permissions) ? <Outlet /> : <Forbidden />}</Suspense></main>
    </div>
  );
}

function Chapters({ path }: { path: string }) {
  const t = useText();
  const { permissions } = useMe();
  return permitted(permissions).map((chapter) => (
    <div className="chapter" key={chapter.entries[0]!.to}>
      {chapter.title && <h2>{t(chapter.title)}</h2>}
      <ul>
        {chapter.entries.map(({ to, label }) => (
          <li key={to}><Link to={to} search={{}} activeOptions={{ exact: true }} className="side-link" aria-current={entryOf(path)?.to === to ? 'page' : undefined}>{t(label)}</Link></li>
        ))}
      </ul>
    </div>
  ));
}

function UserMenu() {
  const t = useText();
  const me = useMe();
  const forget = useForgetSession();
  const [password, setPassword] = useState(false);
  const signOut = useMutation({ mutationFn: () => remove('/session'), onSettled: forget });
  const other = t.language === 'zh-CN' ? 'en' : 'zh-CN';
  const items = [
    { key: 'who', type: 'group' as const, label: me.roles.map((role) => t.code('people.role', role)).join(' · ') },
    { key: 'language', icon: <TranslationOutlined />, label: t('shell.other_language'), onClick: () => void switchLanguage(other) },
    { key: 'password', icon: <KeyOutlined />, label: t('session.password.title'), onClick: () => setPassword(true) },
    { key: 'out', icon: <LogoutOutlined />, label: t('session.sign_out'), onClick: () => signOut.mutate() },
  ];
  return (
    <>
      <Dropdown menu={{ items }} trigger={['click']}>
        <Button type="text" className="bar-user" icon={<UserOutlined />} aria-haspopup="menu">{me.name}</Button>
      </Dropdown>
      {password && <Suspense><PasswordDialog onClose={() => setPassword(false)} /></Suspense>}
    </>
  );
}

/** An upload goes on while other pages are read; the bar says so and leads back to it. */
function UploadsRunning() {
  const t = useText();
  const count = useUploadsRunning();
  if (count === 0) return null;
  return <Link to="/ingest" className="bar-uploads"><CloudUploadOutlined /> {t('ingest.uploads_running', { count })}</Link>;
}

function Offline() {
  const t = useText();
  return useOnline() ? null : <div className="offline" role="alert"><DisconnectOutlined /> {t('shell.offline.banner')}</div>;
}
