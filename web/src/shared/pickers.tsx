/** Choosing a unit, an officer, a device, a day. */
import { useQuery } from '@tanstack/react-query';
import { DatePicker, Select } from 'antd';
import dayjs from 'dayjs';
import { useState } from 'react';
import { get } from '../api/client';
import type { Device, Officer, Page, Unit } from '../api/types';
import { formatTime } from './format';
import { useText } from './text';
import { unitOptions } from './units';

interface Picker { value?: string; onChange?: (value: string | undefined) => void; label: string; placeholder?: string; id?: string; className?: string; width?: number | string }

export function useUnits() {
  return useQuery({ queryKey: ['/units'], queryFn: () => get<Page<Unit>>('/units', { limit: 200 }), staleTime: 60_000 });
}

export function UnitPicker({ value, onChange, label, id, className, width }: Picker) {
  const { data, isPending } = useUnits();
  return (
    <Select
      id={id} className={className} style={{ width }} value={value} onChange={(v?: string) => onChange?.(v)} allowClear placeholder={label} aria-label={label} loading={isPending}
      showSearch={{ optionFilterProp: 'name' }} options={unitOptions(data?.items ?? [])} popupMatchSelectWidth={false}
    />
  );
}

/** Asks the server while somebody types; what is chosen stays readable although the list has changed. */
function SearchPicker<T extends { id: string }>({ path, name, value, onChange, label, placeholder = label, id, className, width }: Picker & { path: string; name: (item: T) => string }) {
  const t = useText();
  const [typed, setTyped] = useState('');
  const found = useQuery({ queryKey: [path, 'pick', typed], queryFn: () => get<Page<T>>(path, { q: typed, limit: 30 }), staleTime: 60_000 });
  const [known, setKnown] = useState<Record<string, string>>({});
  const options = (found.data?.items ?? []).map((item) => ({ value: item.id, label: name(item) }));
  if (value && !options.some((o) => o.value === value)) options.unshift({ value, label: known[value] ?? value });
  return (
    <Select
      id={id} className={className} style={{ width }} value={value} allowClear placeholder={placeholder} aria-label={label} options={options} loading={found.isFetching} popupMatchSelectWidth={false}
      showSearch={{ filterOption: false, onSearch: setTyped }} notFoundContent={t('form.nothing_found')}
      onChange={(chosen?: string) => {
        const option = options.find((o) => o.value === chosen);
        if (option) setKnown((before) => ({ ...before, [option.value]: option.label }));
        onChange?.(chosen);
      }}
    />
  );
}

export const OfficerPicker = (props: Picker) => (
  <SearchPicker<Officer> {...props} path="/officers" name={(o) => [o.name, o.unit?.name].filter(Boolean).join(' · ')} />
);
export function DevicePicker(props: Picker) {
  const t = useText();
  return <SearchPicker<Device> {...props} path="/devices" name={(d) => `${d.serial_no} · ${t.code('equipment.kind', d.kind)}`} />;
}

/** A day as `2026-11-01`: a day of the calendar, not an instant, so no time zone is involved. */
export function DayPicker({ value, onChange, label, className, width }: Picker) {
  return (
    <DatePicker
      className={className} style={{ width }} value={value ? dayjs(value) : null} onChange={(day) => onChange?.(day ? day.format('YYYY-MM-DD') : undefined)}
      placeholder={label} aria-label={label}
    />
  );
}

/** An instant as UTC milliseconds, typed as Shanghai's clock shows it wherever the PC stands. */
export function TimePicker({ value, onChange, label, id }: { value?: number | null; onChange?: (value: number | null) => void; label: string; id?: string }) {
  return (
    <DatePicker
      id={id} showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" style={{ width: '100%' }} aria-label={label} placeholder={label} value={value == null ? null : dayjs(formatTime(value, 'second'))}
      onChange={(at) => onChange?.(at ? Date.parse(`${at.format('YYYY-MM-DDTHH:mm')}:00+08:00`) : null)}
    />
  );
}
