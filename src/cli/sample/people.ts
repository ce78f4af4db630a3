/** Students, teachers, classrooms and classes of the sample school, in the old app's shapes. */
import { days, levels, relations, streets, subjects } from "./names.ts";
import type { Item, Toolbox } from "./toolbox.ts";

export function makeStudents(box: Toolbox, count: number): Item[] {
  const { random } = box;
  return Array.from({ length: count }, (_, i) => {
    const name = box.person();
    const id = i < 5 ? `student-${i + 1}` : String(box.stamp());
    const student: Item = {
      id,
      name,
      email: random.chance(0.15) ? "" : `pupil${i + 1}@families.example`,
      phone: random.chance(0.2) ? "" : box.phone(),
      classId: "unassigned",
      status: random.chance(0.9) ? "active" : "inactive",
      joinDate: box.mixedDay(box.day("2023-09-01", 700)),
      parentContact: random.chance(0.5) ? `${box.person()} - ${box.phone()}` : "",
    };
    if (random.chance(0.6)) student.parentEmail = random.chance(0.3) ? "" : `parent${i + 1}@families.example`;
    if (random.chance(0.8)) student.dateOfBirth = box.day("2006-01-01", 3600);
    if (random.chance(0.3)) student.placeOfBirth = "Скопје";
    if (random.chance(0.5)) student.paymentDue = random.chance(0.4);
    if (random.chance(0.4)) student.lastPayment = box.mixedDay(box.day("2025-01-01", 200));
    if (random.chance(0.2)) {
      student.hasDiscount = true;
      student.discountType = random.pick(["relatives", "social_case", "single_parent", "free_of_charge"]);
      student.discountAmount = random.pick([0, 50, 12.5, 99.99]);
    }
    if (random.chance(0.3)) student.address = `${random.pick(streets)} ${1 + random.below(90)}`;
    if (random.chance(0.3))
      student.emergencyContact = { name: box.person(), relationship: random.pick(relations), phone: box.phone() };
    if (random.chance(0.2))
      student.academicInfo = { level: random.pick(levels), gpa: 2.5, enrollmentDate: "2024-01-15" };
    if (random.chance(0.1)) student.favouriteColour = "mauve"; // a field that nobody declared
    return student;
  });
}

export function makeTeachers(box: Toolbox, count: number): Item[] {
  const { random } = box;
  return Array.from({ length: count }, (_, i) => {
    const teacher: Item = {
      id: i < 4 ? `teacher-${i + 1}` : `teacher-${box.stamp()}`,
      name: box.person(),
      email: `staff${i + 1}@school.example`,
      phone: random.chance(0.2) ? "" : box.phone(),
      subject: random.pick(subjects),
      joinDate: box.mixedDay(box.day("2019-01-01", 2000)),
      classIds: [] as string[],
    };
    if (random.chance(0.4)) teacher.status = "active";
    if (random.chance(0.4)) teacher.qualifications = ["Diploma", `${1 + random.below(20)} years`];
    if (random.chance(0.2)) teacher.notes = "Prefers mornings";
    return teacher;
  });
}

export const makeClassrooms = (box: Toolbox, count: number): Item[] =>
  Array.from({ length: count }, (_, i) => ({
    id: i < 3 ? `classroom-${i + 1}` : String(box.stamp()),
    name: `Room ${"ABC"[i % 3]}-${100 + i}`,
    location: `Building ${"ABC"[i % 3]}`,
    capacity: 8 + box.random.below(25),
    ...(box.random.chance(0.5) ? { status: "active", equipment: ["Projector", "Board"], type: "Lecture Hall" } : {}),
    createdDate: box.instant("2023-08-20"),
    lastUpdated: box.instant("2025-02-03"),
  }));

export interface People {
  readonly students: readonly Item[];
  readonly teachers: readonly Item[];
  readonly classrooms: readonly Item[];
}

/** Classes with the students that they list; sets the students' `classId` and some of the teachers' `classIds`. */
export function makeClasses(box: Toolbox, count: number, { students, teachers, classrooms }: People): Item[] {
  const { random } = box;
  return Array.from({ length: count }, (_, i) => {
    const [teacher, room] = [random.pick(teachers), random.pick(classrooms)];
    const id = i < 5 ? `class-${i + 1}` : `class-${box.stamp()}`;
    const listed = random.shuffle(students).slice(0, Math.min(students.length, 6 + random.below(10)));
    for (const student of listed) if (student.classId === "unassigned" && random.chance(0.9)) student.classId = id;
    // The app never mended this list when a class got another teacher.
    if (random.chance(0.6)) (teacher.classIds as string[]).push(id);
    const studentIds = listed.map((student) => student.id);
    if (i % 10 === 3) studentIds.push(`student-gone-${i}`);
    const level = random.pick(levels);
    return {
      id,
      name: `${String(teacher.subject)} ${level} ${i + 1}`,
      teacher: { id: teacher.id, name: teacher.name, subject: teacher.subject },
      room: room.name,
      roomId: room.id,
      schedule: random
        .shuffle(days)
        .slice(0, 1 + random.below(3))
        .map((day) => ({ day, startTime: "09:00", endTime: "10:30" })),
      ...(random.chance(0.5) ? { status: random.pick(["active", "inactive", "pending"]) } : {}),
      students: studentIds.length,
      maxStudents: 20,
      studentIds,
      subject: teacher.subject,
      level,
      price: random.pick([150, 180, 149.9, 0]),
      duration: 90,
      description: "",
      requirements: "",
      objectives: random.chance(0.5) ? ["Speak", "Читање"] : [],
      materials: [],
      createdAt: box.instant("2024-01-15"),
      updatedAt: box.instant("2025-01-20"),
      color: "#3B82F6",
    };
  });
}
