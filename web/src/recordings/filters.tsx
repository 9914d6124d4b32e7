import { FilterOutlined } from '@ant-design/icons';
import { Button, Checkbox, Select } from 'antd';
import { useState } from 'react';
import { usePhone } from '../shared/browser';
import { DayPicker, DevicePicker, OfficerPicker, UnitPicker } from '../shared/pickers';
import { SearchBox } from '../shared/search-box';
import { useText } from '../shared/text';
import { filterCount, KINDS, STATES, type RecordingSearch } from './search';

interface Props { search: RecordingSearch; change: (part: Partial<RecordingSearch>) => void }

/** The text box is always there; on a phone the other filters open on demand. */
export function Filters(props: Props) {
  const t = useText();
  const phone = usePhone();
  const [open, setOpen] = useState(false);
  const count = filterCount(props.search);
  return (
    <div className="filters" role="search" aria-label={t('recordings.filters')}>
      <SearchBox value={props.search.q} onSearch={(q) => props.change({ q })} label={t('recordings.search')} placeholder={t('recordings.search_placeholder')} />
      {phone && <Button icon={<FilterOutlined />} aria-expanded={open} onClick={() => setOpen(!open)}>{t('recordings.filter_button')}{count > 0 && ` (${count})`}</Button>}
      {(!phone || open) && <MoreFilters {...props} />}
    </div>
  );
}

function MoreFilters({ search, change }: Props) {
  const t = useText();
  const options = (room: string, codes: readonly string[]) => codes.map((value) => ({ value, label: t.code(room, value) }));
  return (
    <>
      <UnitPicker className="filter" label={t('recordings.unit')} value={search.unit} onChange={(unit) => change({ unit })} />
      <OfficerPicker className="filter" label={t('recordings.officer')} value={search.officer} onChange={(officer) => change({ officer })} />
      <DevicePicker className="filter" label={t('recordings.device')} value={search.device} onChange={(device) => change({ device })} />
      <DayPicker className="filter" label={t('list.from')} value={search.from} onChange={(from) => change({ from })} />
      <DayPicker className="filter" label={t('list.to')} value={search.to} onChange={(to) => change({ to })} />
      <Select className="filter" allowClear placeholder={t('recordings.kind')} aria-label={t('recordings.kind')} value={search.kind} onChange={(kind) => change({ kind })} options={options('recordings.kind', KINDS)} />
      <Select className="filter" allowClear placeholder={t('recordings.state')} aria-label={t('recordings.state')} value={search.state} onChange={(state) => change({ state })} options={options('recordings.state', STATES)} />
      <Select
        className="filter" aria-label={t('list.sort')} value={search.sort ?? 'newest'} onChange={(sort) => change({ sort: sort === 'oldest' ? 'oldest' : undefined })}
        options={[{ value: 'newest', label: t('list.newest') }, { value: 'oldest', label: t('list.oldest') }]}
      />
      <Checkbox checked={search.mark === true} onChange={(event) => change({ mark: event.target.checked ? true : undefined })}>{t('recordings.key_mark')}</Checkbox>
      <Checkbox checked={search.hand_in === 'late'} onChange={(event) => change({ hand_in: event.target.checked ? 'late' : undefined })}>{t('recordings.verdict.late')}</Checkbox>
      <Checkbox checked={search.lapsed === 'true'} onChange={(event) => change({ lapsed: event.target.checked ? 'true' : undefined })}>{t('recordings.lapsed')}</Checkbox>
    </>
  );
}
