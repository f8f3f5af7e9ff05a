// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tables of schedules as JSON.
#include "camber/Target/ScheduleTable.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;

namespace camber {

using Range = ScheduleEntry::Range;

bool ScheduleEntry::suits(const ScheduleKey &key) const {
  return (target.empty() || target == key.target) && headDim.contains(key.headDim) &&
         storageBits.contains(key.storageBits) && group.contains(key.group) && rows.contains(key.rows);
}

bool ScheduleEntry::hasSameConditions(const ScheduleEntry &other) const {
  return target == other.target && headDim == other.headDim && storageBits == other.storageBits &&
         group == other.group && rows == other.rows;
}

StringRef ScheduleTable::find(const std::vector<ScheduleEntry> &entries, const ScheduleKey &key) {
  auto found = llvm::find_if(entries, [&](const ScheduleEntry &entry) { return entry.suits(key); });
  return found == entries.end() ? StringRef() : StringRef(found->attribute);
}

/// A number, or a pair of them.
static bool fromJSON(const json::Value &value, Range &range, json::Path path) {
  const json::Array *pair = value.getAsArray();
  if (!pair)
    return json::fromJSON(value, range.min, path) && (range.max = range.min, true);
  if (pair->size() != 2) {
    path.report("must be a number or [from, to]");
    return false;
  }
  if (!json::fromJSON((*pair)[0], range.min, path.index(0)) || !json::fromJSON((*pair)[1], range.max, path.index(1)))
    return false;
  if (range.min > range.max)
    path.report("is empty: from is larger than to");
  return range.min <= range.max;
}

/// Reports the first key that nothing reads: a misspelt condition would hold for everything.
static bool hasOnly(const json::Object &object, ArrayRef<StringRef> known, json::Path path) {
  for (const auto &field : object)
    if (!is_contained(known, StringRef(field.first))) {
      path.field(field.first).report("is unknown here");
      return false;
    }
  return true;
}

static bool fromJSON(const json::Value &value, ScheduleEntry &entry, json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.mapOptional("target", entry.target) && map.mapOptional("head_dim", entry.headDim) &&
         map.mapOptional("storage_bits", entry.storageBits) && map.mapOptional("group", entry.group) &&
         map.mapOptional("rows", entry.rows) && map.map("choice", entry.attribute) &&
         hasOnly(*value.getAsObject(), {"target", "head_dim", "storage_bits", "group", "rows", "choice"}, path);
}

static bool fromJSON(const json::Value &value, ScheduleTable &table, json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.mapOptional("tiles", table.tiles) && map.mapOptional("schedules", table.schedules) &&
         hasOnly(*value.getAsObject(), {"tiles", "schedules"}, path);
}

Expected<ScheduleTable> ScheduleTable::parse(StringRef text, StringRef name) {
  Expected<json::Value> value = json::parse(text);
  if (!value)
    return createStringError(inconvertibleErrorCode(), "schedule table '" + name + "': " + toString(value.takeError()));
  ScheduleTable table;
  json::Path::Root root;
  if (!fromJSON(*value, table, root))
    return createStringError(inconvertibleErrorCode(), "schedule table '" + name + "': " + toString(root.getError()));
  return table;
}

Expected<ScheduleTable> ScheduleTable::read(StringRef path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer = MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer)
    return createStringError(buffer.getError(),
                             "cannot read schedule table '" + path + "': " + buffer.getError().message());
  return parse((*buffer)->getBuffer(), path);
}

static json::Object toObject(const ScheduleEntry &entry) {
  json::Object object;
  if (!entry.target.empty())
    object["target"] = entry.target;
  auto add = [&](StringRef name, const Range &range) {
    if (range == Range())
      return;
    object[name] = range.min == range.max ? json::Value(range.min) : json::Value(json::Array{range.min, range.max});
  };
  add("head_dim", entry.headDim);
  add("storage_bits", entry.storageBits);
  add("group", entry.group);
  add("rows", entry.rows);
  object["choice"] = entry.attribute;
  return object;
}

void ScheduleTable::print(raw_ostream &out) const {
  auto printEntries = [&](StringRef name, ArrayRef<ScheduleEntry> entries) {
    out << "  \"" << name << "\": [\n    ";
    interleave(
        entries, [&](const ScheduleEntry &entry) { out << json::Value(toObject(entry)); }, [&] { out << ",\n    "; });
    out << "]";
  };
  out << "{\n";
  printEntries("tiles", tiles);
  out << ",\n";
  printEntries("schedules", schedules);
  out << "\n}\n";
}

void putFirst(std::vector<ScheduleEntry> &entries, ScheduleEntry entry) {
  llvm::erase_if(entries, [&](const ScheduleEntry &other) { return other.hasSameConditions(entry); });
  entries.insert(entries.begin(), std::move(entry));
}

} // namespace camber
