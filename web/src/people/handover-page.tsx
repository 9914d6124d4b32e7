/** 一份交接: its list as it was made, what has changed since, and the three signatures. */
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Alert, Button } from 'antd';
import { useState } from 'react';
import { get } from '../api/client';
import type { HandoverDetail } from '../api/types';
import { Failed, Loading } from '../app/states';
import { Basis } from '../regulations/basis';
import { formatTime } from '../shared/format';
import { Fact, PageHead, Panel } from '../shared/page';
import { SignatureShown } from '../shared/signature-pad';
import { useText, type Text } from '../shared/text';
import { SignDialog, WithdrawDialog, type Party } from './handover-dialogs';
import { HandoverListShown } from './handover-list';
import { HandoverState } from './handovers-page';
import './people.css';

export function HandoverPage() {
  const { id } = useParams({ from: '/shell/people/handovers/$id' });
  const found = useQuery({ queryKey: ['/handovers', id], queryFn: () => get<HandoverDetail>(`/handovers/${encodeURIComponent(id)}`) });
  if (found.isPending) return <Loading />;
  if (found.error) return <Failed error={found.error} retry={() => void found.refetch()} />;
  return <Content handover={found.data} />;
}

const PARTIES: Party[] = ['person', 'successor', 'unit_head'];
const nameOf = (one: HandoverDetail, party: Party): string => (party === 'unit_head' ? one.head : one[party]).name;

function Content({ handover: one }: { handover: HandoverDetail }) {
  const t = useText();
  const [signing, setSigning] = useState<Party | null>(null);
  const [withdrawing, setWithdrawing] = useState(false);
  return (
    <>
      <PageHead title={t('handover.of', { name: one.person.name })}>
        <Link to="/people/handovers" search={{}}>{t('people.tab.handovers')}</Link>
        {one.may_withdraw && <Button onClick={() => setWithdrawing(true)}>{t('handover.withdraw')}</Button>}
      </PageHead>
      {one.candidate && <Alert className="gaps" type="error" showIcon title={t('handover.candidate_hint')} />}
      {one.overdue && !one.candidate && <Alert className="gaps" type="warning" showIcon title={t('handover.overdue_hint')} />}
      <Panel title={t('handover.about')} aside={<Basis articles={one.articles} ours={one.articles.length === 0} />}>
        <dl className="facts panel-body">
          <Fact name={t('people.status')}><HandoverState handover={one} /></Fact>
          <Fact name={t('handover.person')}><Link to="/people/$id" params={{ id: one.person.id }}>{one.person.name}</Link>{one.unit && <small>{one.unit.name}</small>}</Fact>
          <Fact name={t('handover.successor')}>{one.successor.name}</Fact>
          <Fact name={t('handover.unit_head')}>{one.head.name}</Fact>
          <Fact name={t('handover.to')}>{one.to_unit ? one.to_unit.name : t('handover.leaves')}</Fact>
          <Fact name={t('handover.effective_on')}><span className="number">{one.effective_on}</span></Fact>
          {one.reason && <Fact name={t('field.reason')}>{one.reason}</Fact>}
          {one.document && <Fact name={t('field.document')}>{one.document}</Fact>}
        </dl>
      </Panel>
      <Panel title={t('handover.list_of', { time: formatTime(one.opened_ms, 'minute') })}>
        {one.changes.length > 0 && <Alert className="gaps" type="warning" showIcon title={t('handover.changed')} description={<Changes t={t} changes={one.changes} />} />}
        <HandoverListShown list={one.list} then />
      </Panel>
      <Panel title={t('handover.signatures')}>
        <ul className="signatures">
          {PARTIES.map((party) => {
            const signed = one.signatures[party];
            return (
              <li key={party}>
                <span className="muted">{t.code('handover.party', party)}</span> <b>{nameOf(one, party)}</b>
                {signed && <div><SignatureShown name={signed.name} strokes={signed.strokes ?? null} /> <small className="muted number">{formatTime(signed.at_ms, 'minute')}</small></div>}
                {!signed && <div>{one.may_sign.includes(party) ? <Button type="primary" disabled={party === 'unit_head' && one.missing.length > 1} onClick={() => setSigning(party)}>{t('handover.sign', { who: t.code('handover.party', party) })}</Button> : <span className="muted">{t(one.state === 'open' ? 'handover.unsigned' : 'handover.never_signed')}</span>}</div>}
                {one.discrepancies.filter((remark) => remark.party === party).map((remark) => (
                  <div key={remark.at_ms} className="small">{remark.text && <p>{t('handover.discrepancy')}: {remark.text}</p>}{remark.changes.length > 0 && <Changes t={t} changes={remark.changes} />}</div>
                ))}
              </li>
            );
          })}
        </ul>
        {one.state === 'open' && <p className="panel-body muted small">{t('handover.sign_hint')}</p>}
      </Panel>
      {signing && <SignDialog handover={one} party={signing} name={nameOf(one, signing)} onClose={() => setSigning(null)} />}
      {withdrawing && <WithdrawDialog id={one.id} onClose={() => setWithdrawing(false)} />}
    </>
  );
}

function Changes({ t, changes }: { t: Text; changes: HandoverDetail['changes'] }) {
  return <ul className="plain">{changes.map((one) => <li key={`${one.what} ${one.name} ${one.change}`}>{t.code('handover.what', one.what)} {one.name}: {t.code('handover.change', one.change)}</li>)}</ul>;
}
