import { addSample, type MetricType } from './registry.ts'

class Metric {
  readonly name: string
  readonly #type: MetricType
  constructor(name: string, type: MetricType) {
    this.name = name
    this.#type = type
  }
  add(value: number): void {
    addSample(this.name, this.#type, value)
  }
}

export class Trend extends Metric {
  constructor(name: string) {
    super(name, 'trend')
  }
}

export class Counter extends Metric {
  constructor(name: string) {
    super(name, 'counter')
  }
}
