/** Shared components: for finger, keyboard and screen reader alike. */
import { createPinia, setActivePinia } from 'pinia'
import { mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it } from 'vitest'
import { nextTick, ref } from 'vue'
import AgeText from '@/components/AgeText.vue'
import AppButton from '@/components/AppButton.vue'
import AppRow from '@/components/AppRow.vue'
import BillView from '@/components/BillView.vue'
import MoneyText from '@/components/MoneyText.vue'
import PlateKeyboard from '@/components/PlateKeyboard.vue'
import PlateText from '@/components/PlateText.vue'
import StateTag from '@/components/StateTag.vue'
import { setClock } from '@/lib/clock'
import { openKeysToAll } from '@/lib/platform/keyboard'
import { language } from '@/locale'

openKeysToAll()

beforeEach(() => {
  setActivePinia(createPinia())
  language.value = 'zh'
})

describe('a button', () => {
  it('is pressed by finger, Enter and Space', async () => {
    const button = mount(AppButton, { slots: { default: '去缴费' }, attachTo: document.body })
    const root = button.find('[role=button]')
    expect(root.attributes('tabindex')).toBe('0')
    await root.trigger('click')
    await root.trigger('keydown', { key: 'Enter' })
    await root.trigger('keydown', { key: ' ' })
    await root.trigger('keydown', { key: 'a' })
    expect(button.emitted('press')).toHaveLength(3)
    button.unmount()
  })

  it('that is off or busy is not pressed, and says so', async () => {
    for (const props of [{ disabled: true, busy: false }, { disabled: false, busy: true }]) {
      const button = mount(AppButton, { props })
      await button.find('[role=button]').trigger('click')
      expect(button.emitted('press')).toBeUndefined()
      expect(button.find('[role=button]').attributes('aria-disabled')).toBe('true')
    }
  })
})

describe('a row', () => {
  it('that leads nowhere is no button', () => {
    expect(mount(AppRow, { props: { text: '合计' } }).find('[role]').exists()).toBe(false)
    expect(mount(AppRow, { props: { text: '发票', go: true } }).find('[role=button]').exists()).toBe(true)
  })
  it('of a choice says whether it is chosen', () => {
    const row = mount(AppRow, { props: { text: '中文', go: true, chosen: true } })
    expect(row.find('[role=radio]').attributes('aria-checked')).toBe('true')
  })
})

describe('what is shown', () => {
  it('money is seen with its sign and heard as money', () => {
    const money = mount(MoneyText, { props: { fen: 350 } })
    expect(money.attributes('data-fen')).toBe('350')
    expect(money.find('[aria-hidden]').text()).toBe('¥3.50')
    expect(money.find('.bw-heard').text()).toBe('3.50元')
  })
  it('a state has a word beside its shape', () => {
    const tag = mount(StateTag, { props: { state: 'unknown' } })
    expect(tag.text()).toBe('状态未知')
    expect(tag.attributes('data-state')).toBe('unknown')
  })
  it('an age counts city time, and says when a sensor was never heard', () => {
    setClock({ now: '2026-09-15T00:12:00Z', speed: 0 })
    expect(mount(AgeText, { props: { at: '2026-09-15T00:00:00Z' } }).text()).toBe('12 分钟前上报')
    expect(mount(AgeText, { props: { at: null } }).text()).toBe('传感器从未上报')
  })
  it('an age is right as soon as the phone has learned the time', async () => {
    setClock({ now: '2026-12-01T00:00:00Z', speed: 0 })
    const age = mount(AgeText, { props: { at: '2026-09-15T00:00:00Z' } })
    expect(age.text()).toBe('77 天前上报')
    setClock({ now: '2026-09-15T00:12:00Z', speed: 0 })
    await nextTick()
    expect(age.text()).toBe('12 分钟前上报')
    age.unmount()
  })
  it('a plate is spelled out for those who hear it', () => {
    const plate = mount(PlateText, { props: { plate: '甘DD12345' } })
    expect(plate.text()).toBe('甘D·D12345')
    expect(plate.attributes('aria-label')).toBe('绿牌 甘 D D 1 2 3 4 5')
  })
})

describe('the plate keyboard', () => {
  function keyboard() {
    const plate = ref('')
    const board = mount(PlateKeyboard, { props: { modelValue: '', 'onUpdate:modelValue': (value: string) => void (plate.value = value) } })
    const tap = async (key: string) => {
      await board.find(`[data-key="${key}"]`).trigger('click')
      await board.setProps({ modelValue: plate.value })
      await nextTick()
    }
    return { board, plate, tap }
  }

  it('types a new-energy plate key by key and gives it when it is done', async () => {
    const { board, plate, tap } = keyboard()
    for (const key of ['甘', 'D', 'F', '1', '2', '3', '4', '5']) await tap(key)
    expect(plate.value).toBe('甘DF12345')
    expect(board.text()).toContain('小型新能源车牌')
    await board.find('[data-testid=plate-done]').trigger('click')
    expect(board.emitted('done')).toEqual([['甘DF12345']])
  })

  it('has keys off that no plate goes on with, and deletes', async () => {
    const { board, plate, tap } = keyboard()
    await tap('甘')
    expect(board.find('[data-key="1"]').attributes('aria-disabled')).toBe('true')
    expect(board.find('[data-key="挂"]').attributes('aria-disabled')).toBe('true')
    expect(board.find('[data-key="D"]').attributes('aria-disabled')).toBeUndefined()
    await tap('⌫')
    expect(plate.value).toBe('')
  })

  it('says what is wrong with half a plate', async () => {
    const { board, tap } = keyboard()
    await tap('甘')
    await board.find('[data-testid=plate-done]').trigger('click')
    expect(board.find('[role=alert]').text()).toBe('车牌共 7 位，新能源车 8 位')
    expect(board.emitted('done')).toBeUndefined()
  })

  it('takes what a keyboard of the computer types', async () => {
    const { board, plate } = keyboard()
    await board.setProps({ modelValue: '甘D123' })
    await board.find('[role=group]').trigger('keydown', { key: 'a' })
    expect(plate.value).toBe('甘D123A')
    await board.find('[role=group]').trigger('keydown', { key: 'Backspace' })
    expect(plate.value).toBe('甘D12')
    await board.find('[role=group]').trigger('keydown', { key: 'c', ctrlKey: true })
    expect(plate.value).toBe('甘D12')
  })

  it('is done by Enter on the board, and not by Enter on one of its keys', async () => {
    const { board } = keyboard()
    await board.setProps({ modelValue: '甘D12345' })
    await board.find('[data-key="⌫"]').trigger('keydown', { key: 'Enter' })
    expect(board.emitted('done')).toBeUndefined()
    await board.find('[role=group]').trigger('keydown', { key: 'Enter' })
    expect(board.emitted('done')).toEqual([['甘D12345']])
  })

  it('keeps the computer’s keyboard when the provinces give way to letters', async () => {
    const board = mount(PlateKeyboard, { props: { modelValue: '' }, attachTo: document.body })
    const province = board.find('[data-key="甘"]').element as HTMLElement
    province.focus()
    await board.setProps({ modelValue: '甘' })
    await nextTick()
    expect(province.isConnected).toBe(false)
    expect(document.activeElement).toBe(board.find('[role=group]').element)
    board.unmount()
  })
})

describe('a bill', () => {
  const line = (rule: string, amount_fen: number, text: string) => ({
    from: '2026-09-15T00:00:00Z', to: '2026-09-15T00:30:00Z', rule, text, text_en: `${text} en`, units: 2, parts: 1, unit_price: '1.50', unit_price_fen: 150, amount_fen,
  })
  const bill = () => mount(BillView, {
    props: { lines: [line('free_minutes', 0, '免费'), line('tier', 300, '计时')], totalFen: 300, tariff: { id: 't', version: 2, title: '白银试点', note: '' } },
    slots: { evidence: '传感器读数' },
  })

  it('has a line for each step, the total, and the picture of the day in words', () => {
    const view = bill()
    expect(view.findAll('[data-testid=bill-line]').map((row) => row.attributes('data-rule'))).toEqual(['free_minutes', 'tier'])
    expect(view.find('[data-testid=bill-total]').attributes('data-fen')).toBe('300')
    expect(view.find('[data-testid=day-strip]').attributes('aria-label')).toContain('停车 30 分钟')
  })

  it('says why when asked: arithmetic, tariff, evidence', async () => {
    const view = bill()
    expect(view.text()).not.toContain('传感器读数')
    await view.find('[data-testid=bill-why]').trigger('click')
    expect(view.text()).toContain('2 × 1.50 元')
    expect(view.text()).toContain('收费标准：白银试点（第 2 版）')
    expect(view.text()).toContain('传感器读数')
  })

  it('speaks English when the app does', async () => {
    language.value = 'en'
    expect(bill().text()).toContain('计时 en')
  })
})
