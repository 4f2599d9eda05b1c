import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Mounted, mountInApp } from '../testing/mounting.ts'
import FilterBar from './FilterBar.vue'

let mounted: Mounted
beforeEach(() => localStorage.clear())
afterEach(() => mounted.wrapper.unmount())

async function show(props: object = {}) {
  mounted = await mountInApp(FilterBar, {
    props: {
      modelValue: '',
      page: 'missions',
      shown: 3,
      total: 10,
      fields: ['name', 'phase', 'age'],
      ...props,
    },
  })
  return mounted.wrapper
}

it('tells what is typed, and how much of all is shown', async () => {
  const wrapper = await show()
  await wrapper.get('input[type=search]').setValue('phase:failed')
  expect(wrapper.emitted('update:modelValue')).toEqual([['phase:failed']])
  expect(wrapper.get('[aria-live=polite]').text()).toBe('3 of 10')
  expect(wrapper.get('input').attributes('placeholder')).toBe('name: phase: age: …')
})

it('tells a screen reader what comes of typing, not what comes and goes by itself', async () => {
  const wrapper = await show()
  const isTold = () => wrapper.find('[aria-live=polite]').exists()
  const steps = [isTold()]
  await wrapper.get('input[type=search]').setValue('phase:failed')
  steps.push(isTold())
  await wrapper.get('input[type=search]').trigger('blur')
  steps.push(isTold())
  expect(steps).toEqual([false, true, false])
})

it('says what is wrong with a filter, at the field and aloud', async () => {
  const wrapper = await show({
    modelValue: 'colour:red',
    problem: { word: 'colour:red', why: 'unknownField' },
  })
  expect(wrapper.get('input').attributes('aria-invalid')).toBe('true')
  expect(wrapper.get('[role=alert]').text()).toContain('“colour:red”')
  expect(wrapper.get('[role=alert]').text()).toContain('name, phase, age')
})

it('keeps a filter under a name, applies it and drops it', async () => {
  const wrapper = await show({ modelValue: 'phase:failed' })
  await wrapper.get('button.plain').trigger('click')
  await wrapper.get('.naming input').setValue('Broken')
  await wrapper.get('form').trigger('submit')
  const [view, drop] = wrapper.findAll('.view button')
  expect(view?.text()).toBe('Broken')
  await view?.trigger('click')
  expect(wrapper.emitted('update:modelValue')).toEqual([['phase:failed']])
  await drop?.trigger('click')
  expect(wrapper.findAll('.view')).toEqual([])
})

it('keeps no filters where the list has no page of its own', async () => {
  const wrapper = await show({ modelValue: 'name:x', page: undefined })
  expect(wrapper.findAll('button')).toEqual([])
})
