/** Obligations and payments of the sample school, in the old app's shapes. */
import type { Item, Toolbox } from "./toolbox.ts";

export const makeObligations = (box: Toolbox, count: number, students: readonly Item[]): Item[] =>
  Array.from({ length: count }, (_, i) => {
    const { random } = box;
    const student = students[i % students.length] as Item;
    const due = box.day("2025-01-10", 200);
    return {
      id: random.chance(0.1) ? `obligation-${String(student.id)}-${i}` : box.uuid(),
      studentId: student.id,
      studentName: student.name,
      type: random.pick(["Tuition Fee", "Книги", "Exam Fee"]),
      amount: random.pick([150, 850, 1234.56, 99.9, 0.1]),
      dueDate: due,
      period: random.pick(["Spring 2025", "2024/2025"]),
      status: random.pick(["pending", "partial", "paid", "overdue"]),
      ...(random.chance(0.2) ? { notes: "" } : {}),
      createdAt: box.instant("2025-01-02"),
      updatedAt: box.instant(due),
    };
  });

export const makePayments = (box: Toolbox, count: number, obligations: readonly Item[]): Item[] =>
  Array.from({ length: count }, (_, i) => {
    const { random } = box;
    const owed = random.pick(obligations);
    const on = box.day("2025-01-15", 200);
    return {
      id: i < 3 ? `payment-${i + 1}` : box.uuid(),
      obligationId: i % 100 === 42 ? `obligation-gone-${i}` : owed.id,
      studentId: owed.studentId,
      studentName: owed.studentName,
      amount: random.pick([50, 75.25, 100, 33.3]),
      date: on,
      method: random.pick(["cash", "card", "transfer", "other"]),
      reference: random.chance(0.7) ? "" : `R-${1000 + i}`,
      notes: "",
      createdBy: random.pick(["admin", "Admin User"]),
      createdAt: box.instant(on),
      updatedAt: box.instant(on),
    };
  });
