import sys

from booksite.build import main

sys.exit(main())
