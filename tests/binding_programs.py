"""Programs whose results must not change when they are made to report: a feature of the language each."""

from __future__ import annotations

PROGRAMS = {
    "arguments": """\
def f(x, y=2, *args, z=3, **more):
    return x, y, args, z, more
print(f(1), f(*[1, 2], 3, z=4, w=5))
""",
    "globals": """\
x = 0
def g(v):
    global x
    x += 1
    return v
print(g(0) and g(1), g(1) or g(0), x)
print(g(0) or
  g(2), x)
""",
    "generators": """\
def f():
    x = yield 1
    y = yield x
    return y
def g():
    x = yield from f()
    print(x)
h = g()
print(next(h))
print(h.send(2))
try:
    h.send(3)
except StopIteration:
    print('end')
""",
    "coroutines": """\
import asyncio
async def f(x):
    await asyncio.sleep(0)
    return x
async def g():
    async for x in h():
        print(x)
    return [y async for y in h()]
async def h():
    for x in 1, 2:
        yield await f(x)
print(asyncio.run(g()))
""",
    "classes": """\
class A:
    def f(self):
        return 'A'
class B(A):
    x = 1
    y = [v for v in range(x)]
    def f(self):
        z = super().f()
        return z + __class__.__name__
print(B().f(), B.y)
""",
    "closures": """\
def f():
    x = 1
    def g():
        nonlocal x
        x += 1
        return x
    g()
    return x, sorted(locals())
print(f())
""",
    "walrus": """\
if (n := 3) > 2:
    y = [z := n, n + z]
print(n, y, z)
x = [last := i for i in range(3)]
print(last, x)
""",
    "matching": """\
def f(p):
    match p:
        case {'a': int(x), **rest}:
            return x, rest
        case [x, *_] if x > 1:
            return x
        case str() as x:
            return x
        case _:
            return None
print(f({'a': 1, 'b': 2}), f([2, 3]), f('c'), f([0]))
""",
    "decorators": """\
from __future__ import annotations
import functools
def twice(f):
    @functools.wraps(f)
    def g(*x):
        return f(f(*x))
    return g
@twice
def h(x: NoSuchName) -> Neither:
    return x * 2
print(h(1), h.__annotations__)
""",
    "unpacking": """\
x = [1, 2, 3]
del x[0]
a, *b = x
(c, d), e = (1, 2), 3
x[0] += 5
print(a, b, c, d, e, x)
y = x = 4
del x
print(y)
""",
    "exceptions": """\
def f(x):
    'says what it does'
    try:
        return 1 / x
    except ZeroDivisionError as e:
        return str(e)
    finally:
        print('finally')
print(f(1), f(0), f.__doc__)
""",
    "managers": """\
class C:
    '''A class.'''
    def __enter__(self):
        return 5
    def __exit__(self, *a):
        return True
with C() as x, C() as y:
    print(x + y)
    raise ValueError
print(C.__doc__)
""",
    "loops": """\
x = 3
while x:
    x -= 1
    if x == 1:
        continue
    print(x)
else:
    print('else')
for i in 'ab':
    if i == 'b':
        break
print(i)
""",
    "lambdas": """\
f = lambda *a, k=1: (a, k)
print(f(1, k=2), (lambda: (yield))().__class__.__name__)
print(*[1, 2], sep='-')
print({**{'a': 1}}, 3 if f else 4)
""",
    "mangling": """\
class A:
    __x = 1
    def f(self):
        self.__y = self.__x
        return self.__y
print(A().f(), A().__dict__)
""",
}
