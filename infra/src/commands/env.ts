import { runningSystem } from './running.ts'

export async function env(): Promise<number> {
  const { settings, to } = runningSystem()
  const lines = {
    FLASHSALE_URL: to.gateway,
    BANK_URL: to.bank,
    BANK_SECRET: settings.secrets.bank,
    INVENTORY_DATABASE_URL: to.databases.inventory.url,
    ORDER_DATABASE_URL: to.databases.order.url,
    PAYMENT_DATABASE_URL: to.databases.payment.url,
    REDIS_URL: to.redis,
    KAFKA_BROKERS: to.kafka,
  }
  for (const [name, value] of Object.entries(lines)) console.log(`${name}=${value}`)
  return 0
}
